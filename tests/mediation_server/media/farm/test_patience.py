import asyncio
import time

from mediation_server.media.farm.patience import TICK_S, came


async def test_what_comes_in_time_has_come():
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(TICK_S / 2, future.set_result, None)
    assert await came([future], 1)


async def test_what_does_not_come_is_given_up():
    assert not await came([asyncio.get_running_loop().create_future()], TICK_S)


async def test_what_fails_has_come_too():
    future = asyncio.get_running_loop().create_future()
    future.set_exception(OSError())
    assert await came([future], TICK_S)
    assert isinstance(future.exception(), OSError)


async def test_a_stall_of_this_process_is_not_taken_for_a_silence_of_the_other(loop_socket):
    ours, theirs = loop_socket
    answer = asyncio.create_task(asyncio.get_running_loop().sock_recv(ours, 1))
    waiting = asyncio.create_task(came([answer], 3 * TICK_S))
    await asyncio.sleep(TICK_S / 2)
    theirs.send(b"x")
    time.sleep(10 * TICK_S)  # noqa: ASYNC251 - the stall itself
    assert await waiting
