from argon2 import PasswordHasher

from mediation_server.services.passwords import Passwords

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


async def test_a_password_holds_against_its_own_hash_only(nothing_blocks_the_loop):
    passwords = Passwords(CHEAP)
    stored = await passwords.hashed("正确的密码")
    assert await passwords.holds(stored, "正确的密码")
    assert not await passwords.holds(stored, "错误的密码")
    assert not await passwords.holds(None, "nobody's password")
    assert not await passwords.holds("no hash at all", "x")
    assert stored != await passwords.hashed("正确的密码")


async def test_a_password_beyond_256_characters_is_never_right(nothing_blocks_the_loop):
    passwords = Passwords(CHEAP)
    longest = "x" * 256
    stored = await passwords.hashed(longest)
    assert await passwords.holds(stored, longest)
    assert not await passwords.holds(stored, longest + "y")


async def test_passwords_are_kept_as_argon2id_with_the_recommended_cost(nothing_blocks_the_loop):
    assert (await Passwords().hashed("x")).startswith("$argon2id$v=19$m=65536,t=3,p=4$")
