# Facts about 32-bit ARM with hardware floating point (Debian port armhf).
TRIPLET_armhf := arm-linux-gnueabihf
CROSS_armhf := arm-linux-gnueabihf-
EMULATOR_armhf := qemu-arm-static
# 32-bit time_t ends in 2038 and 32-bit off_t at 2 GiB: neither is acceptable on a device.
CFLAGS_armhf := -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64
# glibc has no static-pie start file (rcrt1.o) for 32-bit arm
STATIC_armhf := -static
