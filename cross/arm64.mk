# Facts about 64-bit ARM (Debian port arm64).
TRIPLET_arm64 := aarch64-linux-gnu
CROSS_arm64 := aarch64-linux-gnu-
EMULATOR_arm64 := qemu-aarch64-static
CFLAGS_arm64 :=
