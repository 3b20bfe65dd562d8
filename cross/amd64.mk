# Facts about 64-bit x86 (Debian port amd64), as a target.
TRIPLET_amd64 := x86_64-linux-gnu
CROSS_amd64 := x86_64-linux-gnu-
EMULATOR_amd64 :=
CFLAGS_amd64 :=
