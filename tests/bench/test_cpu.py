import os
import time

import pytest

from bench._cpu import cpu_ns, on_cpu_ns, pin, put_first, split_cores


def test_the_first_number_of_schedstat_is_time_on_a_processor():
    assert on_cpu_ns("666374 12 1\n") == 666374


def test_a_line_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="values to unpack"):
        on_cpu_ns("666374")


def test_all_threads_of_a_process_are_summed(tmp_path):
    for thread, spent in ((10, 700), (11, 42)):
        task = tmp_path / "10" / "task" / str(thread)
        task.mkdir(parents=True)
        (task / "schedstat").write_text(f"{spent} 5 1\n")

    assert cpu_ns(10, proc=tmp_path) == 742


def test_a_thread_that_ended_meanwhile_is_passed_over(tmp_path):
    (tmp_path / "10" / "task" / "11").mkdir(parents=True)

    assert cpu_ns(10, proc=tmp_path) == 0


def test_work_of_this_process_shows():
    before = cpu_ns(os.getpid())
    until = time.process_time() + 0.02
    while time.process_time() < until:
        sum(range(100))

    assert cpu_ns(os.getpid()) - before >= 10_000_000


def test_server_and_generator_get_a_core_each_when_there_are_two():
    assert split_cores({0, 1, 3}).server == 0
    assert split_cores({0, 1, 3}).generator == 3
    assert split_cores({0, 1}).apart
    assert not split_cores({2}).apart


def test_pinning_keeps_a_process_on_one_core_until_it_is_let_go():
    allowed = os.sched_getaffinity(0)
    try:
        pin(0, {max(allowed)})
        assert os.sched_getaffinity(0) == {max(allowed)}
    finally:
        pin(0, allowed)
    assert os.sched_getaffinity(0) == allowed


def test_a_process_is_put_first_where_permitted_and_put_back():
    ordinary = os.sched_getscheduler(0)
    try:
        permitted = put_first(0)
        assert os.sched_getscheduler(0) == (os.SCHED_RR if permitted else ordinary)
    finally:
        put_first(0, first=False)
    assert os.sched_getscheduler(0) == os.SCHED_OTHER
