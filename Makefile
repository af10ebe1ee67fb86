# parkit: build, test, install. `make help` lists the targets.
#
# Objects and programs land in build/$(VARIANT)/, so variants never mix. The user's CC, CFLAGS,
# CPPFLAGS, LDFLAGS and MPICC win. No -march=native: hot kernels choose the instruction set at run
# time (common/isa.h). No flag that assumes away NaN: verification needs it.

VERSION := 0.1.0
VARIANT ?= release
BUILD   := build/$(VARIANT)
BIN     := $(BUILD)/bin
PREFIX  ?= /usr/local
MPICC   ?= mpicc
PKG_CONFIG ?= pkg-config

flags_release := -O3
flags_debug   := -O0 -g3
flags_asan    := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
flags_tsan    := -O1 -g -fsanitize=thread
ifeq ($(flags_$(VARIANT)),)
$(error VARIANT=$(VARIANT) is not known; use release, debug, asan or tsan)
endif
# GCC's OpenMP runtime is not built for TSan and reports false races; clang's comes with Archer.
ifeq ($(VARIANT)-$(origin CC),tsan-default)
CC := clang
endif

# Contraction to FMA is off, so that every instruction set and compiler gives the same bits.
BASE_CFLAGS := -std=gnu11 -D_GNU_SOURCE -I. -ffp-contract=off -fopenmp \
	-Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla
OPT := $(flags_$(VARIANT)) $(CPPFLAGS) $(CFLAGS)
LINK = $(CC) $(flags_$(VARIANT)) -fopenmp $(CFLAGS) -Wl,--as-needed $(LDFLAGS)

# --- What this machine has. `make help`, `clean`, `deps`, `test` and `demo` need nothing of it. ---

have = $(shell $(PKG_CONFIG) --exists $(1) 2>/dev/null && echo yes)
flags_of = $(shell $(PKG_CONFIG) --cflags $(1) 2>/dev/null)
libs_of  = $(shell $(PKG_CONFIG) --libs $(1) 2>/dev/null)

SETUP_GOALS := help clean deps test asan tsan demo
ifneq ($(if $(MAKECMDGOALS),$(filter-out $(SETUP_GOALS),$(MAKECMDGOALS)),all),)
  ifeq ($(shell command -v $(PKG_CONFIG) 2>/dev/null),)
    $(error pkg-config is missing: Debian/Ubuntu pkg-config, Fedora/RHEL pkgconf-pkg-config, Arch pkgconf; or run: make deps)
  endif
  need = $(if $(call have,$(1)),,$(error $(1) is missing: Debian/Ubuntu $(2), Fedora/RHEL $(3), Arch $(4); or run: make deps))
  $(call need,hwloc,libhwloc-dev,hwloc-devel,hwloc)
  $(call need,jansson,libjansson-dev,jansson-devel,jansson)
  $(call need,libcrypto,libssl-dev,openssl-devel,openssl)
  HAVE_PNG   := $(call have,libpng)
  HAVE_EXPAT := $(call have,expat)
  HAVE_CURL  := $(call have,libcurl)
  HAVE_HTTPD := $(call have,libmicrohttpd)
  HAVE_CUNIT := $(call have,cunit)
  HAVE_MPI   := $(shell command -v $(firstword $(MPICC)) >/dev/null 2>&1 && echo yes)
  $(if $(HAVE_PNG),,$(info left out: pictures as PNG (PPM remains). libpng: Debian/Ubuntu libpng-dev, Fedora/RHEL libpng-devel, Arch libpng))
  $(if $(HAVE_EXPAT),,$(info left out: Metalink documents. expat: Debian/Ubuntu libexpat1-dev, Fedora/RHEL expat-devel, Arch expat))
  $(if $(HAVE_CURL),,$(info left out: parkit-get. libcurl: Debian/Ubuntu libcurl4-openssl-dev, Fedora/RHEL libcurl-devel, Arch curl))
  $(if $(HAVE_HTTPD),,$(info left out: parkit-serve. libmicrohttpd: Debian/Ubuntu libmicrohttpd-dev, Fedora/RHEL libmicrohttpd-devel, Arch libmicrohttpd))
  $(if $(HAVE_MPI),,$(info left out: parkit-mpi. Open MPI: Debian/Ubuntu libopenmpi-dev openmpi-bin, Fedora/RHEL openmpi-devel, Arch openmpi))
endif

COMMON_PKGS := hwloc jansson libcrypto
PKG_CFLAGS  := $(call flags_of,$(COMMON_PKGS) $(if $(HAVE_PNG),libpng) $(if $(HAVE_CURL),libcurl) $(if $(HAVE_EXPAT),expat) $(if $(HAVE_HTTPD),libmicrohttpd))
PKG_CFLAGS  += $(if $(HAVE_PNG),-DPARKIT_HAVE_PNG) $(if $(HAVE_EXPAT),-DPARKIT_HAVE_EXPAT)
COMMON_LIBS := $(call libs_of,$(COMMON_PKGS)) -lpthread -lm
PNG_LIBS    := $(if $(HAVE_PNG),$(call libs_of,libpng))
CURL_LIBS   := $(if $(HAVE_CURL),$(call libs_of,libcurl libssl)) $(if $(HAVE_EXPAT),$(call libs_of,expat))
HTTPD_LIBS  := $(if $(HAVE_HTTPD),$(call libs_of,libmicrohttpd))
CUNIT_LIBS  := $(if $(HAVE_CUNIT),$(call libs_of,cunit))

# --- Sources. X_main.c is a program, X_isa.c is compiled once per instruction set. ---

X86 := $(shell $(CC) -dumpmachine 2>/dev/null | grep -q '^x86_64' && echo yes)
ISAS := baseline $(if $(X86),avx2 avx512)
isa_avx2   := -mavx2 -mfma -mbmi -mbmi2 -mlzcnt -mpopcnt
isa_avx512 := $(isa_avx2) -mavx512f -mavx512dq -mavx512bw -mavx512vl -mavx512cd -mprefer-vector-width=512
PKG_CFLAGS += $(if $(X86),-DPARKIT_ISA_X86)

sources = $(filter-out %_main.c,$(wildcard $(1)/*.c $(1)/*/*.c))
plain_objects = $(patsubst %.c,$(BUILD)/%.o,$(filter-out %_isa.c,$(1)))
isa_objects   = $(foreach isa,$(ISAS),$(patsubst %.c,$(BUILD)/%.$(isa).o,$(filter %_isa.c,$(1))))
objects = $(call plain_objects,$(1)) $(call isa_objects,$(1))

IO_SOURCES := $(filter $(if $(HAVE_CURL),%,io_bound/serve%),$(filter-out $(if $(HAVE_HTTPD),,io_bound/serve%),$(call sources,io_bound)))
OBJ_common  := $(call objects,$(call sources,common))
OBJ_cpu     := $(call objects,$(call sources,cpu_bound))
OBJ_io      := $(call objects,$(IO_SOURCES))
OBJ_scaling := $(call objects,$(call sources,scaling))
OBJ_mpi     := $(if $(HAVE_MPI),$(call objects,$(call sources,mpi)))
ARCHIVES    := $(foreach room,cpu io scaling common,$(BUILD)/lib$(room).a)

SCRIPTS  := $(patsubst scripts/%,$(BIN)/%,$(wildcard scripts/parkit scripts/parkit-*))
PROGRAMS := $(BIN)/parkit-cpu $(BIN)/parkit-run $(BIN)/parkit-report \
	$(if $(HAVE_CURL),$(BIN)/parkit-get) $(if $(HAVE_HTTPD),$(BIN)/parkit-serve) $(if $(HAVE_MPI),$(BIN)/parkit-mpi)

# A test of a room that is left out is left out with it.
UNIT_SOURCES := $(wildcard tests/unit/*_test.c)
ifeq ($(HAVE_CURL),)
UNIT_SOURCES := $(filter-out $(shell grep -l '"io_bound/' $(UNIT_SOURCES) /dev/null 2>/dev/null),$(UNIT_SOURCES))
endif
ifeq ($(HAVE_EXPAT),)
UNIT_SOURCES := $(filter-out tests/unit/metalink_test.c,$(UNIT_SOURCES))
endif
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(UNIT_SOURCES))
# The server that breaks the rules, for tests of parkit-get: tests/faults/.
OBJ_faults := $(call objects,$(filter-out %/shim.c,$(wildcard tests/faults/*.c)))
FAULTS     := $(if $(HAVE_CURL),$(if $(call have,libssl),$(BUILD)/tests/fault_server) $(BUILD)/tests/fault_shim.so)

# The targets that do everything use all cores, unless the caller has said how many jobs.
JOBS = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 2))

.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
.PHONY: all help deps peers test run-tests unit-tests asan tsan demo bench bench-cpu bench-nas bench-io bench-mpi bench-scaling pictures studies install uninstall clean

all: $(PROGRAMS) $(SCRIPTS) ## build every program into build/release/bin (VARIANT=debug, asan, tsan: beside it)

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

deps: ## install the packages that are missing, after saying what will be done
	@sh scripts/setup.sh

demo: ## two minutes: every concurrency model on this machine, a scaling study, an HTML report
	@sh scripts/setup.sh
	@$(MAKE) --no-print-directory $(JOBS) all
	@scripts/demo.sh build/demo

test: ## install what is missing, build, run every test; ends with 'N passed, N failed'
	@sh scripts/setup.sh --with-tests
	@$(MAKE) --no-print-directory $(JOBS) run-tests VARIANT=$(VARIANT)

run-tests: all unit-tests
	@tests/run.sh $(BUILD)

unit-tests: $(UNIT_TESTS) $(FAULTS)
	@:$(if $(HAVE_CUNIT),,$(error cunit is missing: Debian/Ubuntu libcunit1-dev, Fedora/RHEL CUnit-devel, Arch cunit; or run: sh scripts/setup.sh --with-tests))

asan: ## the tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@$(MAKE) --no-print-directory test VARIANT=asan

tsan: ## the threaded programs under ThreadSanitizer (clang with its OpenMP tool Archer)
	@sh scripts/setup.sh --with-tests
	@$(MAKE) --no-print-directory $(JOBS) all VARIANT=tsan
	@tests/tsan.sh build/tsan

bench: bench-cpu bench-nas bench-io bench-mpi bench-scaling ## every measurement below

# Those of other rooms have targets of their own; every other script of the folder is a CPU-bound workload's.
SCALING_BENCHES := $(wildcard $(addprefix tests/bench/,measure.sh kills.sh coverage.sh report.sh))
CPU_BENCHES := tests/bench/cpu.sh \
    $(filter-out $(SCALING_BENCHES) $(addprefix %/,cpu.sh nas.sh io.sh io_small.sh io_huge.sh get_kills.sh faults.sh mpi.sh mpi_failures.sh network.sh checkpoints.sh),$(wildcard tests/bench/*.sh))
# What cannot be installed is left out by the script that would measure it, with a word.
peers:
	@sh scripts/setup.sh --with-peers || true

bench-cpu: peers all ## CPU-bound workloads: parallel efficiency, then each beside its peer
	@for bench in $(CPU_BENCHES); do BIN=$(BIN) $$bench || exit; done

bench-nas: all ## the NAS kernels: Mop/s by class and threads, beside NPB 3.4 as measured on such a machine
	@BIN=$(BIN) tests/bench/nas.sh

bench-io: peers all $(FAULTS) ## downloads: ours, curl's and the ratio; what broken servers do to us and to the peers
	@BIN=$(BIN) tests/bench/io_small.sh
	@BIN=$(BIN) tests/bench/io.sh
	@BIN=$(BIN) tests/bench/io_huge.sh
	@BIN=$(BIN) tests/bench/faults.sh

bench-mpi: all ## ranks against threads; the network beside a second measurement; a hundred killed runs; what one rank's failure does
	@BIN=$(BIN) tests/bench/mpi.sh && BIN=$(BIN) tests/bench/network.sh && BIN=$(BIN) tests/bench/checkpoints.sh && BIN=$(BIN) tests/bench/mpi_failures.sh

bench-scaling: peers all ## studies: what measuring costs, kills survived, intervals that hold, large reports
	@for bench in $(SCALING_BENCHES); do BIN=$(BIN) $$bench || exit; done

pictures: all ## make the pictures of docs/ again from a real run
	@scripts/pictures.sh $(BIN) docs

studies: all ## docs/studies.md: a scaling study of every workload on this machine (some minutes)
	@scripts/studies.sh --docs docs --work $(BUILD)/studies

install: all ## into $(DESTDIR)$(PREFIX)/bin
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(PROGRAMS) $(SCRIPTS) $(DESTDIR)$(PREFIX)/bin

uninstall: ## remove what `make install` put there
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/bin/,$(notdir $(PROGRAMS) $(SCRIPTS)))

clean: ## remove build/
	rm -rf build

# --- Rules ---

# The flags that a folder was built with: when they change, everything in it is built again.
STAMP := $(BUILD)/flags
STAMP_TEXT := $(CC) $(MPICC) $(VERSION) $(BASE_CFLAGS) $(PKG_CFLAGS) $(OPT) $(LDFLAGS)
ifneq ($(file <$(STAMP)),$(STAMP_TEXT))
.PHONY: $(STAMP)
endif
$(STAMP):
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(STAMP_TEXT))' > $@

compile = mkdir -p $(@D) && $(1) $(BASE_CFLAGS) $(PKG_CFLAGS) $(2) $(OPT) -MMD -MP -c $< -o $@

$(BUILD)/%.o: %.c $(STAMP)
	@echo "  CC    $<"
	@$(call compile,$(CC))

$(BUILD)/common/build_info.o: common/build_info.c $(STAMP)
	@echo "  CC    $<"
	@$(call compile,$(CC),-DPARKIT_VERSION='"$(VERSION)"' -DPARKIT_FLAGS='"$(subst ",,$(strip $(OPT)))"')

$(BUILD)/mpi/%.o: mpi/%.c $(STAMP)
	@echo "  MPICC $<"
	@export OMPI_CC="$(CC)" MPICH_CC="$(CC)"; $(call compile,$(MPICC))

define isa_rule
$$(BUILD)/%.$(1).o: %.c $$(STAMP)
	@echo "  CC    $$< ($(1))"
	@$$(call compile,$$(CC),$$(isa_$(1)) -DISA_SUFFIX=$(1) -DISA_$(1))
endef
$(foreach isa,$(ISAS),$(eval $(call isa_rule,$(isa))))

archive = rm -f $@ && $(AR) rcs $@ $^
$(BUILD)/libcommon.a: $(OBJ_common)
	@$(archive)
$(BUILD)/libcpu.a: $(OBJ_cpu)
	@$(archive)
$(BUILD)/libio.a: $(OBJ_io)
	@$(archive)
$(BUILD)/libscaling.a: $(OBJ_scaling)
	@$(archive)
$(BUILD)/libmpi.a: $(OBJ_mpi)
	@$(archive)

link = mkdir -p $(@D) && $(LINK) $^ -o $@ $(1) $(COMMON_LIBS)
$(BIN)/parkit-cpu: $(BUILD)/cpu_bound/cpu_main.o $(BUILD)/libcpu.a $(BUILD)/libcommon.a
	@echo "  LINK  $@"
	@$(call link,$(PNG_LIBS))
$(BIN)/parkit-run: $(BUILD)/scaling/run_main.o $(BUILD)/libscaling.a $(BUILD)/libcommon.a
	@echo "  LINK  $@"
	@$(call link)
$(BIN)/parkit-report: $(BUILD)/scaling/report_main.o $(BUILD)/libscaling.a $(BUILD)/libcommon.a
	@echo "  LINK  $@"
	@$(call link)
$(BIN)/parkit-get: $(BUILD)/io_bound/get_main.o $(BUILD)/libio.a $(BUILD)/libcommon.a
	@echo "  LINK  $@"
	@$(call link,$(CURL_LIBS))
$(BIN)/parkit-serve: $(BUILD)/io_bound/serve_main.o $(BUILD)/libio.a $(BUILD)/libcommon.a
	@echo "  LINK  $@"
	@$(call link,$(HTTPD_LIBS))
$(BIN)/parkit-mpi: $(BUILD)/mpi/mpi_main.o $(BUILD)/libmpi.a $(BUILD)/libcpu.a $(BUILD)/libcommon.a
	@echo "  LINK  $@"
	@mkdir -p $(@D); export OMPI_CC="$(CC)" MPICH_CC="$(CC)"; \
	$(MPICC) $(flags_$(VARIANT)) -fopenmp $(CFLAGS) $(LDFLAGS) $^ -o $@ $(PNG_LIBS) $(COMMON_LIBS)

$(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(BUILD)/tests/unit/unit.o $(ARCHIVES)
	@echo "  LINK  $@"
	@$(call link,$(PNG_LIBS) $(CURL_LIBS) $(HTTPD_LIBS) $(CUNIT_LIBS))

$(BUILD)/tests/fault_server: $(OBJ_faults) $(BUILD)/libcommon.a
	@echo "  LINK  $@"
	@$(call link,$(call libs_of,libssl))
# Preloaded by programs with and without sanitizers, so built without.
$(BUILD)/tests/fault_shim.so: tests/faults/shim.c $(STAMP)
	@echo "  CC    $< (preloaded)"
	@mkdir -p $(@D) && $(CC) -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -O1 -fPIC -shared $(CPPFLAGS) $< -o $@ -ldl

$(BIN)/%: scripts/%
	@mkdir -p $(@D)
	@install -m 755 $< $@

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
