from mediation_server.services.cookies import LOGIN_COOKIE, named, seat_cookie


def test_cookies_are_tied_to_the_host_over_tls():
    assert named(LOGIN_COOKIE, secure=True) == "__Host-login"
    assert named(seat_cookie("01abc"), secure=True) == "__Host-seat_01abc"
    assert named(seat_cookie("01abc"), secure=False) == "seat_01abc"
