#!/usr/bin/env python3
# hangup.py port log: begins a search that takes long, and goes away.  The
# session must end long before the search would.
import socket
import sys
import time

port = int(sys.argv[1])
log = sys.argv[2]


def connect():
    s = socket.create_connection(("127.0.0.1", port))
    f = s.makefile("rb")
    f.readline()
    for i, line in enumerate(["LOGIN demo demo", "SELECT INBOX"]):
        s.sendall(b"a%d %s\r\n" % (i, line.encode()))
        while not f.readline().startswith(b"a%d OK" % i):
            pass
    return s, f


def ticks(pid):
    """CPU time of the process, None if it is gone."""
    try:
        with open("/proc/%s/stat" % pid) as f:
            fields = f.read().rsplit(")", 1)[1].split()
    except OSError:
        return None
    if fields[0] == "Z":
        return None
    return int(fields[11]) + int(fields[12])


s, f = connect()
with open(log) as lines:
    pid = [x for x in lines if "session: start" in x][-1]
pid = pid.split("[", 1)[1].split("]", 1)[0]
# All of them have to be looked for, one after the other: that takes minutes.
keys = " ".join("NOT BODY nonesuch%d" % i for i in range(300))
before = ticks(pid)
s.sendall(b"b SEARCH %s\r\n" % keys.encode())
end = time.time() + 60
while ticks(pid) < before + 20:
    if time.time() > end:
        sys.exit("nothing is searched")
    time.sleep(0.01)
f.close()
s.close()
start = time.time()
while ticks(pid) is not None:
    if time.time() - start > 10:
        sys.exit("the search goes on")
    time.sleep(0.01)
