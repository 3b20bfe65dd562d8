# Facts about the machine that builds.
TRIPLET_host :=
CROSS_host :=
EMULATOR_host :=
