"""Interrupts, threads, processes, memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ProcessPoolExecutor
from typing import Optional

import lorode as lo

P = lo.Problem(link="erf", mu=0.5)


def solve(mu: float) -> Optional[float]:
    return P.replace(mu=mu).solve(points=4).exit_time


def test_one_thread_and_many_give_the_same_bits() -> None:
    one = lo.search(links=["erf", "tanh"], mu="0.1:0.9:9", threads=1)
    many = lo.search(links=["erf", "tanh"], mu="0.1:0.9:9")
    assert (one.exit_time == many.exit_time).all()


def test_threads_and_processes_run_studies() -> None:
    strengths = [0.1, 0.3, 0.5, 0.7]
    alone = [solve(mu) for mu in strengths]
    found: dict[float, Optional[float]] = {}
    threads = [threading.Thread(target=lambda mu=mu: found.update({mu: solve(mu)})) for mu in strengths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[mu] for mu in strengths] == alone
    # Forked after the parent has run: its threads are not the children's.
    with ProcessPoolExecutor(2) as pool:
        assert list(pool.map(solve, strengths)) == alone


def test_an_interrupt_ends_long_work_and_keeps_what_is_finished() -> None:
    program = """
        import lorode as lo, sys, threading, signal, os
        class Bar:
            def __init__(self, desc=None, total=None): self.sent = False
            def refresh(self):
                if self.n > 0 and not self.sent:
                    self.sent = True
                    os.kill(os.getpid(), signal.SIGINT)
            def close(self): pass
        import types
        auto = types.ModuleType("tqdm.auto"); auto.tqdm = Bar
        sys.modules["tqdm"] = types.ModuleType("tqdm"); sys.modules["tqdm.auto"] = auto
        ds = lo.search(link="erf", mu=lo.grid.linear(0.1, 0.99, 300000), progress=True)
        print(ds.complete, "interrupted" in ds.why)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=300
    )
    assert done.stdout.split() == ["False", "True"], done.stderr


def test_an_interrupt_with_nothing_finished_is_raised() -> None:
    program = """
        import lorode as lo, os, signal, threading
        p = lo.Problem(link="erf", mu=0.5, lr=1e-9, batch=1, dim=100)
        threading.Timer(1.0, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        try:
            sim = p.simulate(steps=10**13, seeds=1)
            print("partial" if not sim.complete else "whole")
        except KeyboardInterrupt:
            print("interrupted")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=300
    )
    assert done.stdout.strip() in {"interrupted", "partial"}, done.stderr


def test_an_interrupt_is_heeded_while_many_problems_are_read() -> None:
    program = """
        import lorode as lo, os, signal, threading, time
        p = lo.Problem(link="erf", mu=0.5)
        sent = []
        def send():
            sent.append(time.time())
            os.kill(os.getpid(), signal.SIGINT)
        threading.Timer(1.0, send).start()
        try:
            p.solve(mu="0.1:0.9:400000")
        except KeyboardInterrupt:
            print("interrupted", time.time() - sent[0] < 5)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=300
    )
    assert done.stdout.split() == ["interrupted", "True"], done.stderr


def test_solves_do_not_leak() -> None:
    import resource

    for _ in range(300):
        P.solve(points=4)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(3000):
        P.solve(points=4).t
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    # Kilobytes: a kilobyte a run would be three thousand.
    assert grown < 2000


def test_signals_are_left_as_they_were() -> None:
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert os.getpid() > 0
