# SPDX-License-Identifier: Apache-2.0
# make [ARCH=arm64|armhf|amd64] [VARIANT=debug|release|san|cov|fuzz] [V=1] TARGET
# One make process, no recursion. Host rows of the floor table are built for this machine under
# build/host-VARIANT, device rows for ARCH under build/ARCH-VARIANT, "both" rows twice.
MAKEFLAGS += -rR --no-print-directory
.DELETE_ON_ERROR:
.SUFFIXES:
.DEFAULT_GOAL := all
SHELL := /bin/bash

ARCH    ?= arm64
VARIANT ?= debug
BUILD   ?= build
PREFIX  ?= /usr/local
ARCHES  := arm64 armhf
include cross/host.mk cross/$(ARCH).mk

# --- variants: looked up by name ---------------------------------------------
CFLAGS_debug   := -O1 -g
CFLAGS_release := -O2 -g -fstack-protector-strong -D_FORTIFY_SOURCE=2 -DBULKHEAD_RELEASE
CFLAGS_san     := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all
CFLAGS_cov     := -O0 -g --coverage
CFLAGS_fuzz    := -O1 -g -fsanitize=fuzzer-no-link,address,undefined
LDFLAGS_release := -Wl,-z,relro,-z,now
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
        -Wvla -Wswitch-enum -Wpointer-arith -Wwrite-strings -Werror
# A mutant is built with guards removed (tests/mutants): MUTANT=a,b or "a b". Release objects never
# know one. A name that the source does not have would remove nothing and be no folder's name.
MUTANT ?=
comma := ,
mutants := $(sort $(subst $(comma), ,$(MUTANT)))
$(if $(and $(mutants),$(filter release,$(VARIANT))),$(error a release build has no mutants))
$(if $(mutants),$(foreach m,$(filter-out $(shell grep -rhoE 'GUARD.[a-z0-9_]+' runtime udev gadget \
  --include='*.c' | cut -c7- | sort -u),$(mutants)),$(error cannot remove guard $(m): no source has it)))
# One guard names its folder; several get a number that is theirs.
mutant := $(if $(word 2,$(mutants)),mutant-$(firstword $(shell echo $(mutants) | cksum)),$(mutants))
BASE_CFLAGS := -std=gnu11 -D_GNU_SOURCE -fPIE -ffile-prefix-map=$(CURDIR)=. $(WARN) \
        $(CFLAGS_$(VARIANT)) $(mutants:%=-DGUARD_OFF_%=1) $(CFLAGS)
BASE_LDFLAGS := $(filter -fsanitize=address% --coverage,$(CFLAGS_$(VARIANT))) $(LDFLAGS_$(VARIANT)) $(LDFLAGS)

# --- facts per target, from cross/*.mk ---------------------------------------
out  = $(BUILD)/$(1)-$(VARIANT)$(mutant:%=-%)
cc   = $(CROSS_$(1))$(if $(filter fuzz,$(VARIANT)),clang,gcc)
ar   = $(CROSS_$(1))ar
pc   = $(if $(TRIPLET_$(1)),PKG_CONFIG_LIBDIR=/usr/lib/$(TRIPLET_$(1))/pkgconfig:/usr/share/pkgconfig )pkg-config

# --- the floors: lowest first; "sees" is the whole law of who may include whom
row = $(eval $(strip $(1)) += $(strip $(2)))$(eval DIR_$(strip $(2)) := $(strip $(3)))\
      $(eval FOR_$(strip $(2)) := $(strip $(4)))$(eval SEES_$(strip $(2)) := $(strip $(5)))\
      $(eval PKG_$(strip $(2)) := $(strip $(6)))$(eval LINK_$(strip $(2)) := $(strip $(7)))
#           kind  , name              , folder           , for   , sees                                     , pkg-config          , link
_ := $(call row,FLOORS, base              , runtime/base     , both  ,                                          ,                     , )
_ := $(call row,FLOORS, format            , runtime/format   , both  , base                                     ,                     , )
_ := $(call row,FLOORS, sys               , runtime/sys      , device, base                                     , libcap              , )
_ := $(call row,FLOORS, meta              , gadget/meta      , host  , base                                     , yaml-0.1            , )
_ := $(call row,FLOORS, model             , gadget/model     , host  , meta base                                ,                     , )
_ := $(call row,FLOORS, policy            , gadget/policy    , host  , model meta base                          ,                     , )
_ := $(call row,FLOORS, emit              , gadget/emit      , host  , policy model meta format base            , libseccomp          , )
_ := $(call row,FLOORS, image             , gadget/image     , host  , model meta format base                   , fdisk               , )
_ := $(call row,FLOORS, launch            , runtime/launch   , device, sys format base                          , libcap              , )
_ := $(call row,FLOORS, boot              , runtime/boot     , device, sys format base                          , libcap              , )
_ := $(call row,FLOORS, supervise         , runtime/supervise, device, sys format base                          , libcap              , )
_ := $(call row,PROGS , bulkhead-runtime  , runtime/main     , device, launch boot supervise sys format base    , libcap              , static)
_ := $(call row,PROGS , bulkhead-device   , udev/helper      , device, sys format base                          , libudev libcap      , dynamic)
_ := $(call row,PROGS , bulkheadctl       , runtime/ctl      , device, format base                              , libudev             , dynamic)
_ := $(call row,PROGS , bulkhead          , gadget/cmd       , host  , image emit policy model meta format base , yaml-0.1 libseccomp fdisk, dynamic)
_ := $(call row,PROGS , bulkhead-rig      , qemu/rig         , host  , meta base                                , yaml-0.1            , dynamic)

# One program of the device is started by several names (docs/decisions/0015).
NAMES := bulkhead-run bulkhead-boot bulkhead-supervise

# Device rows have rules for this machine too, for the unit tests only: `make host` builds none of them.
targets_of = $(if $(filter host,$(FOR_$(1))),host,host $(ARCH))
pkgs    = $(sort $(foreach f,$(1) $(SEES_$(1)),$(PKG_$(f))))
incs    = $(foreach f,$(1) $(SEES_$(1)),-iquote $(DIR_$(f)))
# $(1) unit, $(2) target
libs    = $(foreach f,$(1),$(call out,$(2))/lib$(f).a)
pkgflag = $(if $(3),$(shell $(call pc,$(2)) $(1) $(3) 2>/dev/null))
# In the place of what the C library does before main(): runtime/main/startup.c.
WRAP    := -Wl,--wrap=__tunables_init
link    = $(if $(filter static,$(LINK_$(1))),$(if $(filter san cov fuzz,$(VARIANT)),-pie,$(WRAP) $(or $(STATIC_$(2)),-static-pie)),-pie)

Q := $(if $(V),,@)
quiet = $(findstring s,$(firstword -$(MAKEFLAGS)))
say = $(if $(V),,@$(if $(quiet),,printf '  %-5s %s\n' '$(1)' '$(patsubst $(BUILD)/%,%,$@)';))

# $(1) unit, $(2) object, $(3) source, $(4) extra cflags, $(5) target
define compile
$(2): $(3) Makefile cross/$(if $(filter host,$(5)),host,$(ARCH)).mk
	@mkdir -p $$(@D)
	$$(call say,CC)$(call cc,$(5)) $(call incs,$(1)) $(4) $(BASE_CFLAGS) $(CFLAGS_$(5)) -MMD -MP -c -o $$@ $$<
	@printf '{"directory":"%s","file":"%s","command":"%s"},\n' '$(CURDIR)' '$(3)' '$(call cc,$(5)) $(call incs,$(1)) $(4) $(BASE_CFLAGS) $(CFLAGS_$(5)) -c $(3)' > $$(@:.o=.cdb)
OBJS += $(2)
endef
srcs_of = $(sort $(wildcard $(DIR_$(1))/*.c))
objs_of = $(patsubst %.c,$(call out,$(2))/%.o,$(call srcs_of,$(1)))

# $(1) floor, $(2) target
define floor
$(foreach s,$(call srcs_of,$(1)),
$(call compile,$(1),$(s:%.c=$(call out,$(2))/%.o),$(s),$(call pkgflag,--cflags,$(2),$(call pkgs,$(1))),$(2)))
$(call out,$(2))/lib$(1).a: $(call objs_of,$(1),$(2))
	@mkdir -p $$(@D)
	$$(call say,AR)rm -f $$@ && $(call ar,$(2)) rcsD $$@ $$(filter %.o,$$^)
endef

define prog
$(foreach s,$(call srcs_of,$(1)),
$(call compile,$(1),$(s:%.c=$(call out,$(2))/%.o),$(s),$(call pkgflag,--cflags,$(2),$(call pkgs,$(1))),$(2)))
$(call out,$(2))/bin/$(1): $(call objs_of,$(1),$(2)) $(call libs,$(SEES_$(1)),$(2))
	@mkdir -p $$(@D)
	$$(call say,LD)$(call cc,$(2)) $(call link,$(1),$(2)) $(BASE_LDFLAGS) -o $$@ $$^ $(call pkgflag,$(if $(filter static,$(LINK_$(1))),--static) --libs,$(2),$(call pkgs,$(1)))
$(if $(filter device/host,$(FOR_$(1))/$(2)),,BIN_$(2) += $(call out,$(2))/bin/$(1))
endef

$(foreach f,$(FLOORS),$(foreach t,$(call targets_of,$(f)),$(eval $(call floor,$(f),$(t)))))
$(foreach p,$(PROGS),$(foreach t,$(call targets_of,$(p)),$(eval $(call prog,$(p),$(t)))))

# $(1) name, $(2) target
define name
$(call out,$(2))/bin/$(1): $(call out,$(2))/bin/bulkhead-runtime
	$(Q)ln -f $$< $$@
NAMES_$(2) += $(call out,$(2))/bin/$(1)
endef
$(foreach n,$(NAMES),$(foreach t,host $(ARCH),$(eval $(call name,$(n),$(t)))))


# --- unit tests: tests/unit/test_UNIT_topic.c links UNIT and what it sees, nothing above. A program
# is tested as UNIT = the folder's name: its objects but main.o. Who sees the sys floor gets
# tests/lib/sys_fake*.c before it: what a fake defines is not taken from there.
$(foreach p,$(PROGS),$(eval PROG_$(notdir $(DIR_$(p))) := $(p)))
unit_of  = $(word 2,$(subst _, ,$(notdir $(1))))
row_of   = $(or $(PROG_$(call unit_of,$(1))),$(call unit_of,$(1)))
fakes    = $(sort $(wildcard tests/lib/sys_fake*.c))
tlib     = $(sort $(filter-out $(fakes),$(wildcard tests/lib/*.c)))
# $(1) row, $(2) target: what a test of that row links
under    = $(if $(filter $(PROGS),$(1)),$(filter-out %/main.o,$(call objs_of,$(1),$(2))),$(call libs,$(1),$(2))) \
           $(if $(filter sys,$(SEES_$(1))),$(patsubst %.c,$(call out,$(2))/%.o,$(fakes))) \
           $(call libs,$(SEES_$(1)),$(2))
# $(1) test source, $(2) target, $(3) row
define unit
$(call compile,$(3),$(1:%.c=$(call out,$(2))/%.o),$(1),-iquote tests/lib $(call pkgflag,--cflags,$(2),cmocka $(call pkgs,$(3))),$(2))
$(call out,$(2))/$(1:%.c=%): $(1:%.c=$(call out,$(2))/%.o) $(call out,$(2))/libtests.a $(call under,$(3),$(2)) | $(if $(filter sys,$(SEES_$(3))),$(NAMES_$(2)))
	$$(call say,LD)$(call cc,$(2)) -pie $(BASE_LDFLAGS) -o $$@ $$(filter %.o,$$^) $$(filter %.a,$$^) $(call pkgflag,--libs,$(2),cmocka $(call pkgs,$(3)))
UNITS_$(2) += $(call out,$(2))/$(1:%.c=%)
endef
$(foreach t,$(sort $(wildcard tests/unit/test_*.c)),$(foreach a,$(call targets_of,$(call row_of,$(t))),\
  $(eval $(call unit,$(t),$(a),$(call row_of,$(t))))))
# An archive: a test of a low floor takes of it what that floor can resolve.
define tests_lib
$(call out,$(1))/libtests.a: $(tlib:%.c=$(call out,$(1))/%.o)
	$$(call say,AR)rm -f $$@ && $(call ar,$(1)) rcsD $$@ $$^
endef
$(foreach a,host $(ARCH),$(eval $(call tests_lib,$(a))))
$(foreach a,host $(ARCH),$(foreach s,$(tlib),$(eval $(call compile,format,$(s:%.c=$(call out,$(a))/%.o),$(s),-iquote tests/lib,$(a)))))
$(foreach a,host $(ARCH),$(foreach s,$(fakes),$(eval $(call compile,sys,$(s:%.c=$(call out,$(a))/%.o),$(s),-iquote tests/lib,$(a)))))

# --- fuzz targets: tests/fuzz/fuzz_UNIT_topic.c links UNIT and what it sees. Under VARIANT=fuzz it is
# a libFuzzer program, else tests/fuzz/replay.c feeds it the files and folders on its command line.
fuzz_main = $(if $(filter fuzz,$(VARIANT)),,$(call out,$(1))/tests/fuzz/replay.o)
# $(1) source, $(2) target, $(3) row
define fuzz
$(call compile,$(3),$(1:%.c=$(call out,$(2))/%.o),$(1),-iquote tests/fuzz $(call pkgflag,--cflags,$(2),$(call pkgs,$(3))),$(2))
$(call out,$(2))/$(1:%.c=%): $(1:%.c=$(call out,$(2))/%.o) $(call fuzz_main,$(2)) $(call under,$(3),$(2))
	$$(call say,LD)$(call cc,$(2)) -pie $(BASE_LDFLAGS) $(if $(filter fuzz,$(VARIANT)),-fsanitize=fuzzer$(comma)address$(comma)undefined) -o $$@ $$(filter %.o,$$^) $$(filter %.a,$$^) $(call pkgflag,--libs,$(2),$(call pkgs,$(3)))
FUZZ_$(2) += $(call out,$(2))/$(1:%.c=%)
endef
$(foreach a,host $(ARCH),$(eval $(call compile,base,$(call out,$(a))/tests/fuzz/replay.o,tests/fuzz/replay.c,-iquote tests/fuzz,$(a))))
$(foreach t,$(sort $(wildcard tests/fuzz/fuzz_*.c)),$(foreach a,$(call targets_of,$(call row_of,$(t))),\
  $(eval $(call fuzz,$(t),$(a),$(call row_of,$(t))))))
# --- tests/compare: one program of the host that sees emit and what emit sees; it asks tests/lib.
COMPARE := $(call out,host)/tests/compare/compare
$(foreach s,$(sort $(wildcard tests/compare/*.c)),$(eval $(call compile,emit,$(s:%.c=$(call out,host)/%.o),$(s),\
  -iquote $(DIR_emit) -iquote tests/lib -iquote tests/compare $(call pkgflag,--cflags,host,$(call pkgs,emit)),host)))
$(COMPARE): $(patsubst %.c,$(call out,host)/%.o,$(sort $(wildcard tests/compare/*.c))) $(call out,host)/libtests.a \
            $(call libs,emit $(SEES_emit),host)
	$(call say,LD)$(call cc,host) -pie $(BASE_LDFLAGS) -o $@ $^ $(call pkgflag,--libs,host,$(call pkgs,emit))
-include $(OBJS:.o=.d)

print-out:                                        # the folders of this variant and these mutants
	@echo '$(call out,host) $(call out,$(ARCH))'
.PHONY: print-out all host device release setup unit-host unit-arch unit replay replay-arch fuzz-programs lint check check-corpus check-mutants soak demo size \
        install print-floors clean help compile_commands.json
all: host device                                  ## build every program, host rows and device rows for ARCH
host: $(BIN_host)                                 ## build the host programs
device: $(BIN_$(ARCH)) $(NAMES_$(ARCH))           ## build the device programs for ARCH
setup:                                            ## install the packages that are missing (Debian 12)
	$(Q)cross/setup
unit-host: $(UNITS_host) $(COMPARE)                         ## unit tests of every floor, natively
	$(Q)tests/run-units host-$(VARIANT) $(UNITS_host)
unit-arch: $(UNITS_$(ARCH))                       ## unit tests of the device floors under qemu-user
	$(Q)tests/run-units $(ARCH)-$(VARIANT) $(addprefix $(EMULATOR_$(ARCH)):,$(UNITS_$(ARCH)))
replay: $(FUZZ_host)                              ## feed every fuzz target its corpus
	$(Q)tests/run-replay host-$(VARIANT) $(FUZZ_host)
replay-arch: $(FUZZ_$(ARCH))                      ## the same for ARCH, under qemu-user
	$(Q)tests/run-replay $(ARCH)-$(VARIANT) $(addprefix $(EMULATOR_$(ARCH)):,$(FUZZ_$(ARCH)))
fuzz-programs: $(FUZZ_host)                       ## build every fuzz target (VARIANT=fuzz: with libFuzzer)
unit: unit-host unit-arch                         ## both
lint: $(foreach f,$(FLOORS),$(call out,host)/lib$(f).a) $(BIN_host)  ## the floor law, banned calls, sizes, formatting, documents
	$(Q)tests/lint/floors $(BUILD) && tests/lint/style && tests/lint/mutants && tests/lint/threats && tests/lint/docs $(call out,host) && echo "lint: clean"
check:                                            ## set up, then run every test that this machine can run
	$(Q)cross/setup && tests/check $(BUILD)
check-mutants:                                    ## remove each guard of tests/mutants once: a test must fail
	$(Q)cross/setup && tests/check-mutants $(BUILD) $(SHARE)
check-corpus: host $(COMPARE)                     ## compare verdicts and policy with those recorded in CORPUS
	$(Q)$(if $(CORPUS),,$(error CORPUS names no folder; tests/check-corpus says what it holds))tests/check-corpus $(BUILD) $(CORPUS)
soak:                                             ## long runs: cycles, power cuts, fuzzing
	$(Q)cross/setup && tests/soak $(BUILD)
demo:                                             ## set up, build, boot and attack the demo image for ARCH
	$(Q)cross/setup && $(MAKE) -s -j$$(nproc) VARIANT=release BUILD=$(BUILD) ARCH=$(ARCH) all && \
	qemu/greenhouse/demo $(ARCH) $(BUILD) release
size: $(BIN_$(ARCH))                              ## size of each device program, stripped
	@for p in $(BIN_$(ARCH)); do $(CROSS_$(ARCH))strip -o $$p.stripped $$p; \
	  printf '%8d  %s\n' $$(stat -c %s $$p.stripped) $${p##*/}; rm $$p.stripped; done
install: $(BIN_host) $(BIN_$(ARCH)) $(NAMES_$(ARCH))             ## install below DESTDIR and PREFIX
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man8
	install -m 0755 $(BIN_host) $(DESTDIR)$(PREFIX)/bin
	install -m 0644 $(wildcard docs/man/*.1) $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 0644 $(wildcard docs/man/*.8) $(DESTDIR)$(PREFIX)/share/man/man8
	install -d $(DESTDIR)$(PREFIX)/lib/bulkhead/$(ARCH) $(DESTDIR)$(PREFIX)/share/bulkhead
	install -m 0755 $(NAMES_$(ARCH)) $(filter-out %/bulkhead-runtime,$(BIN_$(ARCH))) $(DESTDIR)$(PREFIX)/lib/bulkhead/$(ARCH)
	cp -R --parents boards gadget/interfaces gadget/templates $(DESTDIR)$(PREFIX)/share/bulkhead
print-floors:
	@$(foreach f,$(FLOORS),echo '$(f) $(DIR_$(f)) $(SEES_$(f))';)
compile_commands.json: $(OBJS)                    ## for clangd and clang-tidy
	$(Q){ echo '['; cat $(OBJS:.o=.cdb) | sed '$$s/,$$//'; echo ']'; } > $@
clean:                                            ## drop build/
	rm -rf $(BUILD) compile_commands.json
help:                                             ## list targets
	@sed -n 's/^\([a-z_.-]*\):.*## /  \1\t/p' Makefile | expand -t26
