# notified.py path|@name: a service manager's socket; what comes is written to
# the file notified, a datagram a line, until "STOPPING=1".
import socket
import sys

s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.settimeout(60)
name = sys.argv[1]
s.bind("\0" + name[1:] if name[0] == "@" else name)
open("notified", "w").close()
while True:
    text = s.recv(4096).decode()
    with open("notified", "a") as f:
        f.write(text.replace("\n", " ") + "\n")
    if text == "STOPPING=1":
        break
