"""Runs a static program for Linux on AArch64 in Unicorn, which emulates the processor alone: emulate.py PROGRAM

Of the system there is what such a program asks for that reads nothing and has one thread. Whatever else it asks for ends it.
"""

import errno
import struct
import sys

from elftools.elf.elffile import ELFFile
from unicorn import UC_ARCH_ARM64, UC_HOOK_INTR, UC_MODE_ARM, Uc
from unicorn.arm64_const import UC_ARM64_REG_CPACR_EL1, UC_ARM64_REG_SP, UC_ARM64_REG_X0, UC_ARM64_REG_X8

PAGE = 0x1000
STACK, STACK_SIZE = 0x7FFF_0000_0000, 16 << 20
HEAP = 0x4000_0000_0000

# include/uapi/asm-generic/unistd.h
FCNTL, IOCTL, FACCESSAT, OPENAT, CLOSE, READ, WRITE, WRITEV, READLINKAT = 25, 29, 48, 56, 57, 63, 64, 66, 78
EXIT, EXIT_GROUP, SET_TID_ADDRESS, SET_ROBUST_LIST, SCHED_GETAFFINITY = 93, 94, 96, 99, 123
SIGALTSTACK, RT_SIGACTION, RT_SIGPROCMASK, TKILL, GETPID, GETTID = 132, 134, 135, 130, 172, 178
BRK, MUNMAP, MREMAP, MMAP, MPROTECT, MADVISE, PRLIMIT64, GETRANDOM, POLL = 214, 215, 216, 222, 226, 233, 261, 278, 73
NOTHING_TO_DO = {FCNTL, IOCTL, CLOSE, SET_ROBUST_LIST, SIGALTSTACK, RT_SIGACTION, RT_SIGPROCMASK, MUNMAP, MPROTECT, MADVISE, PRLIMIT64, POLL}
REFUSED = {OPENAT: errno.ENOENT, FACCESSAT: errno.ENOENT, READLINKAT: errno.ENOENT, MREMAP: errno.ENOMEM}
MAP_FIXED = 0x10

# include/uapi/linux/auxvec.h
AT_NULL, AT_PHDR, AT_PHENT, AT_PHNUM, AT_PAGESZ, AT_ENTRY, AT_HWCAP, AT_RANDOM = 0, 3, 4, 5, 6, 9, 16, 25
HWCAP_FP_ASIMD = 0b11


class Machine:
    def __init__(self, path):
        self.cpu = Uc(UC_ARCH_ARM64, UC_MODE_ARM)
        self.heap = HEAP
        self.status = None
        self.entry, auxiliary = self.load(path)
        self.cpu.mem_map(STACK, STACK_SIZE)
        top = STACK + STACK_SIZE - PAGE
        self.cpu.mem_write(top, b"program\0")
        auxiliary += [(AT_PAGESZ, PAGE), (AT_HWCAP, HWCAP_FP_ASIMD), (AT_RANDOM, top + 64), (AT_NULL, 0)]
        # One argument, no environment.
        words = [1, top, 0, 0] + [word for pair in auxiliary for word in pair]
        stack = top - PAGE
        self.cpu.mem_write(stack, struct.pack(f"<{len(words)}Q", *words))
        self.cpu.reg_write(UC_ARM64_REG_SP, stack)
        # Nothing is trapped that uses vectors.
        self.cpu.reg_write(UC_ARM64_REG_CPACR_EL1, 3 << 20)
        self.cpu.hook_add(UC_HOOK_INTR, lambda *_: self.system_call())

    def load(self, path):
        with open(path, "rb") as file:
            program = ELFFile(file)
            headers = None
            for segment in program.iter_segments("PT_LOAD"):
                start, size = segment["p_vaddr"], segment["p_memsz"]
                self.map(start, size)
                self.cpu.mem_write(start, segment.data())
                if segment["p_offset"] == 0:
                    headers = start + program["e_phoff"]
            auxiliary = [(AT_PHDR, headers), (AT_PHENT, program["e_phentsize"]), (AT_PHNUM, program["e_phnum"])]
            return program["e_entry"], auxiliary + [(AT_ENTRY, program["e_entry"])]

    def map(self, start, size):
        mapped = {page for low, high, _ in self.cpu.mem_regions() for page in range(low, high, PAGE)}
        for page in range(start & -PAGE, start + size, PAGE):
            if page not in mapped:
                self.cpu.mem_map(page, PAGE)

    def system_call(self):
        number = self.cpu.reg_read(UC_ARM64_REG_X8)
        arguments = [self.cpu.reg_read(UC_ARM64_REG_X0 + place) for place in range(6)]
        answer = self.answer(number, *arguments)
        self.cpu.reg_write(UC_ARM64_REG_X0, answer % (1 << 64))

    def answer(self, number, first, second, third, fourth, *_):
        if number in (EXIT, EXIT_GROUP, TKILL):
            self.status = first if number != TKILL else 128 + second
            self.cpu.emu_stop()
        elif number == WRITE:
            return self.write(first, second, third)
        elif number == WRITEV:
            parts = [struct.unpack("<QQ", self.cpu.mem_read(second + 16 * part, 16)) for part in range(third)]
            return sum(self.write(first, at, length) for at, length in parts)
        elif number == MMAP:
            if fourth & MAP_FIXED:
                return first
            start, size = self.heap, (second + PAGE - 1) & -PAGE
            self.heap += size + PAGE
            self.cpu.mem_map(start, size)
            return start
        elif number == GETRANDOM:
            self.cpu.mem_write(first, bytes(second))
            return second
        elif number == SCHED_GETAFFINITY:
            self.cpu.mem_write(third, struct.pack("<Q", 1))
            return 8
        elif number in (GETPID, GETTID, SET_TID_ADDRESS):
            return 1
        elif number in REFUSED:
            return -REFUSED[number]
        elif number not in NOTHING_TO_DO and number != BRK:
            print(f"the program asks for system call {number}, which is not there", file=sys.stderr)
            return -errno.ENOSYS
        return 0

    def write(self, file, at, length):
        stream = sys.stderr if file == 2 else sys.stdout
        stream.buffer.write(bytes(self.cpu.mem_read(at, length)) if length else b"")
        stream.flush()
        return length

    def run(self):
        self.cpu.emu_start(self.entry, 0)
        return self.status


if __name__ == "__main__":
    status = Machine(sys.argv[1]).run()
    sys.exit(1 if status is None else status)
