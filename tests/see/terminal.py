# Runs a command in a terminal of rows and columns, sends keys, and checks what
# the screen gets.  terminal.py command ...
import fcntl, os, pty, re, select, signal, struct, sys, termios, time

DEADLINE = 30


def size(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ,
        struct.pack("HHHH", rows, columns, 0, 0))


pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
size(fd, 12, 60)
before = termios.tcgetattr(fd)
got = b""


def until(what):
    global got
    end = time.monotonic() + DEADLINE
    while not re.search(what, got, re.S):
        left = end - time.monotonic()
        assert left > 0, "no %r in %r" % (what, got[-2000:])
        if select.select([fd], [], [], left)[0]:
            got += os.read(fd, 65536)


def check(rows, columns):
    # The last page that is whole.
    page = got.split(b"\033[H")[-1]
    lines = page.split(b"\r\n")
    assert len(lines) <= rows, (rows, lines)
    for line in lines:
        line = line.replace(b"\033[K", b"").replace(b"\033[J", b"")
        assert b"\033" not in line, line
        assert len(line.decode()) <= columns, line
    return page


until(rb"SESSION.*demo.*MAILBOX.*\033\[J")
size(fd, 8, 40)
os.kill(pid, signal.SIGWINCH)
got = b""
until(rb"\033\[2J\033\[H.*SESSION.*\033\[J")
check(8, 40)
size(fd, 24, 100)
got = b""
os.kill(pid, signal.SIGWINCH)
until(rb"\033\[2J\033\[H.*INBOX.*\033\[J")
for key in b"riuamx":
    got = b""
    os.write(fd, bytes([key]))
    if key != ord("x"):
        until(rb"\033\[H.*INBOX.*\033\[J")
        check(24, 100)
got = b""
os.write(fd, b" ")
until(rb"\033\[H.*\033\[J")
os.write(fd, b"q")
until(rb"\033\[\?25h")
assert os.waitpid(pid, 0)[1] == 0
assert termios.tcgetattr(fd)[3] == before[3], "the terminal is changed"
