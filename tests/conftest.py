from hypothesis import settings

# How long one example takes on a shared machine says nothing about the code.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
