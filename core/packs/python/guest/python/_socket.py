"""Owns what `socket` finds below it in a place without a network: its names, and errors that say so."""

# No AF_UNIX: that it is missing is how programs find out.
AF_UNSPEC, AF_INET, AF_INET6 = 0, 2, 10
SOCK_STREAM, SOCK_DGRAM, SOCK_RAW = 1, 2, 3
IPPROTO_IP, IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_IPV6 = 0, 1, 6, 17, 41
IPV6_V6ONLY = 26
SOL_SOCKET, SOL_TCP, SOL_UDP = 1, 6, 17
SO_REUSEADDR, SO_TYPE, SO_ERROR, SO_BROADCAST, SO_SNDBUF, SO_RCVBUF, SO_KEEPALIVE, SO_LINGER = 2, 3, 4, 6, 7, 8, 9, 13
SOMAXCONN = 128
MSG_OOB, MSG_PEEK, MSG_DONTWAIT, MSG_WAITALL = 1, 2, 64, 256
SHUT_RD, SHUT_WR, SHUT_RDWR = 0, 1, 2
AI_PASSIVE, AI_CANONNAME, AI_NUMERICHOST, AI_NUMERICSERV = 1, 2, 4, 1024
NI_NUMERICHOST, NI_NUMERICSERV, NI_NAMEREQD, NI_DGRAM = 1, 2, 8, 16
EAI_AGAIN, EAI_FAIL, EAI_FAMILY, EAI_NONAME, EAI_SERVICE, EAI_SOCKTYPE = -3, -4, -6, -2, -8, -7
TCP_NODELAY = 1
INADDR_ANY, INADDR_BROADCAST, INADDR_LOOPBACK = 0, 0xFFFFFFFF, 0x7F000001
has_ipv6 = False

error = OSError
timeout = TimeoutError


class herror(OSError):
    pass


class gaierror(OSError):
    pass


_WHY = "the sandbox has no network of its own; ask the host for a function that does what you need"


def _refuse(*args, **kwargs):
    raise OSError(58, _WHY)


def _unknown(*args, **kwargs):
    raise gaierror(EAI_FAIL, _WHY)


class socket:
    """Cannot be made."""

    __slots__ = ()

    def __init__(self, family=AF_INET, type=SOCK_STREAM, proto=0, fileno=None):
        raise OSError(58, _WHY)

    def _closed(self, *args):
        raise OSError(58, _WHY)

    accept = _accept = bind = connect = connect_ex = detach = fileno = getpeername = getsockname = _closed
    getsockopt = gettimeout = listen = recv = recv_into = recvfrom = recvfrom_into = send = sendall = _closed
    sendto = setblocking = setsockopt = settimeout = shutdown = close = _closed
    family = property(_closed)
    type = property(_closed)
    proto = property(_closed)
    timeout = property(_closed)


SocketType = socket
close = dup = socketpair = sethostname = _refuse
getaddrinfo = gethostbyname = gethostbyname_ex = gethostbyaddr = getnameinfo = _unknown
getservbyname = getservbyport = getprotobyname = _refuse

_default = None


def getdefaulttimeout():
    return _default


def setdefaulttimeout(seconds):
    global _default
    _default = seconds


def gethostname():
    return "sandbox"


def htons(n):
    return int.from_bytes(n.to_bytes(2, "big"), "little")


def htonl(n):
    return int.from_bytes(n.to_bytes(4, "big"), "little")


ntohs, ntohl = htons, htonl


def inet_aton(text):
    parts = text.split(".")
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() and int(part) < 256 for part in parts):
        raise OSError("illegal IP address string passed to inet_aton")
    return bytes(map(int, parts))


def inet_ntoa(packed):
    if len(packed) != 4:
        raise OSError("packed IP wrong length")
    return ".".join(map(str, packed))


def inet_pton(family, text):
    import ipaddress

    try:
        made = ipaddress.IPv4Address(text) if family == AF_INET else ipaddress.IPv6Address(text)
    except ValueError:
        raise OSError("illegal IP address string passed to inet_pton") from None
    return made.packed


def inet_ntop(family, packed):
    import ipaddress

    made = ipaddress.IPv4Address(bytes(packed)) if family == AF_INET else ipaddress.IPv6Address(bytes(packed))
    return str(made)
