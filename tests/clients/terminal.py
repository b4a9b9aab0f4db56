# terminal.py script command ...: runs the command on a terminal of its own
# and does what the script's lines say:
#	? regex		waits until what was written since the last line matches
#	! keys		types them; Python's escapes
#	$ command	waits until the shell's command succeeds
# Ends as the command does.  What was on the terminal is in the file screen.
# A client may scroll what it has shown already instead of writing it again: a
# script that could wait for such text types control-L first.

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

WAIT = 30


def text(data):
    data = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b" ", data)
    data = re.sub(rb"\x1b[()][A-Z0-9]|\x1b[=>78]|[\x0e\x0f\x00]", b"", data)
    return data.decode("utf-8", "replace")


def read(fd, screen):
    try:
        data = os.read(fd, 65536)
    except OSError:
        data = b""
    screen.write(data)
    return data


def wait(fd, screen, regex):
    seen = b""
    end = time.monotonic() + WAIT
    while not re.search(regex, text(seen)):
        left = end - time.monotonic()
        if left <= 0 or not select.select([fd], [], [], left)[0]:
            sys.exit("waited for %s, but: %s" % (regex, text(seen)[-2000:]))
        data = read(fd, screen)
        if not data:
            sys.exit("ended before %s: %s" % (regex, text(seen)[-2000:]))
        seen += data


def succeed(fd, screen, command):
    end = time.monotonic() + WAIT
    while subprocess.call(command, shell=True):
        if time.monotonic() > end:
            sys.exit("waited for %s" % command)
        if select.select([fd], [], [], 0.1)[0] and not read(fd, screen):
            sys.exit("ended before %s" % command)


def main(script, command):
    pid, fd = pty.fork()
    if pid == 0:
        size = struct.pack("4H", 40, 120, 0, 0)
        fcntl.ioctl(0, termios.TIOCSWINSZ, size)
        os.environ["TERM"] = "xterm"
        os.environ["LC_ALL"] = "C.UTF-8"
        os.execvp(command[0], command)
    with open("screen", "wb", 0) as screen, open(script) as lines:
        for line in lines:
            kind, what = line.rstrip("\n").split(" ", 1)
            if kind == "?":
                wait(fd, screen, what)
            elif kind == "$":
                succeed(fd, screen, what)
            else:
                what = what.encode().decode("unicode_escape")
                os.write(fd, what.encode("latin-1"))
        while read(fd, screen):
            pass
    status = os.waitpid(pid, 0)[1]
    sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 1)


main(sys.argv[1], sys.argv[2:])
