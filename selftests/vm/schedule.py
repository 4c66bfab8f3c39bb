# SPDX-License-Identifier: GPL-2.0-only
"""The order of things in make check: one kernel after the other is made ready (built where it must be),
and whatever is ready runs, a few guests at a time, one less while something is built. It knows when there is no time left for a kernel, and
nothing of tests."""

import os
import signal
import subprocess
import threading
import time

from machine import VM, tell


class Schedule:
    """machines in the order in which they are made ready; deadline: monotonic seconds or None."""

    def __init__(self, machines, slots, deadline):
        self.machines, self.deadline = machines, deadline
        self.slots, self.running, self.building = slots, 0, False
        self.change = threading.Condition()
        self.ready = []  # (machine, boot), not yet begun
        self.preparing = True
        self.preparation = None
        self.stopped = False

    def limit(self, machine):
        """When time is over for a machine. What every make check runs has no such limit: it fails instead."""
        return None if machine.kernel.goal == "check" else self.deadline

    def left(self, machine):
        """Seconds left for making a machine ready, so that its tests can still be run; or None."""
        limit = self.limit(machine)
        return None if limit is None else limit - time.monotonic() - machine.kernel.suite

    def prepare(self, machine):
        """Kernel, module, test programs. False if its tests cannot run, and then it is known why."""
        left = self.left(machine)
        must_build = machine.kernel.build and subprocess.run(
            [os.path.join(VM, "kernel.sh"), "cached", machine.name], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode != 0
        need = machine.kernel.build if must_build else 0
        if left is not None and left < need:
            what = f"to build it ({need / 60:.0f} min) and " if need else "to "
            machine.give_up(f"{max(0, left + machine.kernel.suite) / 60:.0f} min were left, too little {what}"
                            f"run its tests ({machine.kernel.suite / 60:.0f} min)")
            return False
        command = [os.path.join(VM, "check.sh"), "--prepare", machine.name]
        with self.change:
            self.building = must_build
        process = self.preparation = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding="utf-8", start_new_session=True)
        try:
            said, _ = process.communicate(timeout=left)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)
            process.communicate()
            machine.give_up("it could not be made ready in the time that was left")
            return False
        if process.returncode != 0:
            machine.troubles.append(("prepare", f"failed with {process.returncode}, see above"))
            return False
        machine.built = said.strip() or machine.built
        return True

    def prepare_all(self):
        """The thread that makes ready."""
        for machine in self.machines:
            if self.stopped:
                break
            good = self.prepare(machine)
            with self.change:
                self.building = False
                if good:
                    self.ready += [(machine, boot) for boot in machine.plan]
                    # The longest first: nobody should wait for one guest in the end.
                    self.ready.sort(key=lambda job: (job[0].kernel.goal != "check", -job[0].kernel.suite))
                self.change.notify_all()
        with self.change:
            self.preparing = False
            self.change.notify_all()

    def wait(self):
        """May there be something to do that is not to be done yet? A compiler takes the place of a guest."""
        if self.stopped or not (self.ready or self.preparing):
            return False
        return not self.ready or self.running >= max(1, self.slots - self.building)

    def work(self):
        """A thread that runs one guest at a time."""
        while True:
            with self.change:
                while self.wait():
                    self.change.wait()
                if not self.ready or self.stopped:
                    return
                machine, boot = self.ready.pop(0)
                self.running += 1
            try:
                machine.run(boot, self.limit(machine))
            finally:
                with self.change:
                    self.running -= 1
                    self.change.notify_all()

    def run(self):
        """Everything. Interrupted, it ends what it started."""
        started = time.monotonic()
        threads = [threading.Thread(target=self.prepare_all, daemon=True)]
        threads += [threading.Thread(target=self.work, daemon=True) for _ in range(self.slots)]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        except KeyboardInterrupt:
            # make and timeout both pass the signal on: a second one must not stop the tidying up.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            self.stopped = True
            if self.preparation and self.preparation.poll() is None:
                os.killpg(self.preparation.pid, signal.SIGTERM)
            for machine in self.machines:
                machine.kill()
            raise
        for machine in self.machines:
            machine.finish()
        tell(f"nsguard: guests ended after {time.monotonic() - started:.0f} s")
