"""Reads the WebAssembly binary format, as far as a check of a module needs it: sections, imports, exports,
and the instructions of every function (WebAssembly 2.0, without threads).

https://webassembly.github.io/spec/core/binary/
"""

IMPORT_SECTION, EXPORT_SECTION, CODE_SECTION = 2, 7, 10

# Instructions behind the prefix 0xFC that copy, fill or drop whole ranges, with how many indices follow each.
BULK = {
    8: ("memory.init", 2),
    9: ("data.drop", 1),
    10: ("memory.copy", 2),
    11: ("memory.fill", 1),
    12: ("table.init", 2),
    13: ("elem.drop", 1),
    14: ("table.copy", 2),
    17: ("table.fill", 1),
}


class Malformed(Exception):
    """The file is not a WebAssembly module, or uses a feature that this reader does not support."""


class Reader:
    """Reads bytes from a current position."""

    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def left(self) -> int:
        return len(self.data) - self.at

    def byte(self) -> int:
        if self.left() < 1:
            raise Malformed("it ends in the middle")
        self.at += 1
        return self.data[self.at - 1]

    def number(self) -> int:
        """An unsigned LEB128 number. Signed ones have the same length; their value is not needed here."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def take(self, count: int) -> bytes:
        if self.left() < count:
            raise Malformed("it ends in the middle")
        self.at += count
        return self.data[self.at - count : self.at]

    def name(self) -> str:
        try:
            return self.take(self.number()).decode()
        except UnicodeDecodeError as error:
            raise Malformed("a name in it is not UTF-8") from error


def sections(data: bytes):
    """Yields the number and a reader of each section."""
    reader = Reader(data)
    if reader.take(8) != b"\0asm\1\0\0\0":
        raise Malformed("it is not a WebAssembly module")
    while reader.left():
        kind = reader.byte()
        yield kind, Reader(reader.take(reader.number()))


def imports(section: Reader):
    """Yields module and name; anything but a function is an error."""
    for _ in range(section.number()):
        module, name, kind = section.name(), section.name(), section.byte()
        if kind != 0:
            raise Malformed(f"it imports {module}.{name}, which is not a function")
        section.number()
        yield module, name


def exports(section: Reader):
    """Yields the names."""
    for _ in range(section.number()):
        yield section.name()
        section.byte()
        section.number()


def bulk_instructions(section: Reader):
    """Yields the name of every occurrence of an instruction of `BULK` in the code section."""
    for _ in range(section.number()):
        body = Reader(section.take(section.number()))
        for _ in range(body.number()):  # local variables: a count and a type each
            body.number()
            body.byte()
        while body.left():
            name = instruction(body)
            if name:
                yield name


def memory_argument(body: Reader) -> None:
    if body.number() >= 64:  # alignment; a value of 64 or more means that a memory index follows, which is not supported here
        raise Malformed("it holds an access to a second memory")
    body.number()  # offset


def numbers(body: Reader, count: int) -> None:
    for _ in range(count):
        body.number()


def instruction(body: Reader):
    """Reads one instruction with its immediates; returns its name if it is one of `BULK`, otherwise None."""
    code = body.byte()
    if code in (0x02, 0x03, 0x04):  # block, loop, if: a type
        body.number()
    elif code in (0x0C, 0x0D, 0x10, 0xD2) or 0x20 <= code <= 0x26:  # br, br_if, call, ref.func; variables, tables
        body.number()
    elif code == 0x0E:  # br_table
        numbers(body, body.number() + 1)
    elif code == 0x11:  # call_indirect
        numbers(body, 2)
    elif code == 0x1C:  # select with types
        body.take(body.number())
    elif 0x28 <= code <= 0x3E:  # loads and stores
        memory_argument(body)
    elif code in (0x3F, 0x40, 0x41, 0x42):  # memory.size, memory.grow, i32.const, i64.const
        body.number()
    elif code == 0x43:  # f32.const
        body.take(4)
    elif code == 0x44:  # f64.const
        body.take(8)
    elif code == 0xD0:  # ref.null
        body.byte()
    elif code == 0xFC:
        return prefixed(body)
    elif code == 0xFD:
        vector(body)
    elif code in (0x00, 0x01, 0x05, 0x0B, 0x0F, 0x1A, 0x1B, 0xD1) or 0x45 <= code <= 0xC4:
        pass  # nothing follows
    else:
        raise Malformed(f"it holds an instruction that is not known here: {code:#x}")
    return None


def prefixed(body: Reader):
    code = body.number()
    if code in BULK:
        name, indices = BULK[code]
        numbers(body, indices)
        return name
    if code in (15, 16):  # table.grow, table.size
        body.number()
    elif code > 7:  # up to 7: conversions
        raise Malformed(f"it holds an instruction that is not known here: 0xfc {code}")
    return None


def vector(body: Reader) -> None:
    code = body.number()
    if code <= 11 or code in (92, 93):  # loads and stores
        memory_argument(body)
    elif code in (12, 13):  # v128.const, i8x16.shuffle
        body.take(16)
    elif 21 <= code <= 34:  # lanes
        body.byte()
    elif 84 <= code <= 91:  # loads and stores of a lane
        memory_argument(body)
        body.byte()
    elif code > 255:
        raise Malformed(f"it holds an instruction that is not known here: 0xfd {code}")
