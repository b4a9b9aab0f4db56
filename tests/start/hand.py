# hand.py [name=kind:address ...] -- command ...: opens the sockets, writes
# their ports to hand.ports, one a line, and becomes the command, which gets
# them as systemd hands them over.  Kinds: tcp, tcp6, dual (of :: and IPv4),
# unix, pair (one end of a connection, of which the other greets and goes).
# A port can be given after the address, as "127.0.0.1,143".
import os
import socket
import sys

split = sys.argv.index("--")
fds, names, ports = [], [], []
for spec in sys.argv[1:split]:
    name, rest = spec.split("=", 1)
    kind, address = rest.split(":", 1)
    port = 0
    if "," in address:
        address, port = address.split(",")
    if kind == "unix":
        s = socket.socket(socket.AF_UNIX)
        s.bind(address)
        s.listen(16)
        ports.append("0")
    elif kind == "pair":
        s = socket.socketpair()[0]
        ports.append("0")
    else:
        s = socket.socket(socket.AF_INET if kind == "tcp" else
                          socket.AF_INET6)
        if kind != "tcp":
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY,
                         kind == "tcp6")
        s.bind((address, int(port)))
        s.listen(16)
        ports.append(str(s.getsockname()[1]))
    names.append(name)
    # Out of the way of 3 and those after it.
    fds.append(os.dup(s.fileno()))
    fds[-1] = __import__("fcntl").fcntl(fds[-1], 0, 100)
for i, fd in enumerate(fds):
    os.dup2(fd, 3 + i)
with open("hand.ports.new", "w") as f:
    f.write("".join(p + "\n" for p in ports))
os.rename("hand.ports.new", "hand.ports")
os.environ["LISTEN_PID"] = os.environ.get("HAND_PID", str(os.getpid()))
os.environ["LISTEN_FDS"] = os.environ.get("HAND_FDS", str(len(fds)))
os.environ["LISTEN_FDNAMES"] = os.environ.get("HAND_NAMES", ":".join(names))
os.execv(sys.argv[split + 1], sys.argv[split + 1:])
