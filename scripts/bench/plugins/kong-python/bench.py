# The bench's plugin in the shape of Kong's Python server: three PDK calls an event.
Schema = ()
version = "1.0.0"
priority = 10


class Plugin:
    def __init__(self, config):
        pass

    def access(self, kong):
        kong.request.get_header("host")
        kong.client.get_ip()
        kong.response.set_header("x-bench", "1")
