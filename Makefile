# SPDX-License-Identifier: AGPL-3.0-or-later
# make demo   installs what is missing, builds, and shows the main job on the embedded defaults
# make check  installs what is missing, builds with ASan and UBSan, and runs every test
# Flavours live side by side in build/<flavour>/: release, asan, fuzz, coverage.

CC      ?= cc
CLANG   ?= clang
PREFIX  ?= /usr/local
DESTDIR ?=
FLAVOUR ?= release
B       := build/$(FLAVOUR)
V       ?= 0
Q       := $(if $(filter 1,$(V)),,@)
say      = $(if $(filter 1,$(V)),@:,@printf '  %-8s %s\n' $(1) $(2))

DEBS := build-essential pkg-config clang llvm clang-format libosmocore-dev libtalloc-dev \
	libsmpp34-dev libevent-dev libhiredis-dev libcyaml-dev libyaml-dev libjansson-dev libunistring-dev \
	libosip2-dev libsystemd-dev libcrypt-dev libssl-dev openssl libsqlite3-dev nettle-dev check redis-server redis-tools sqlite3 nodejs npm ca-certificates \
	kannel kamailio kamailio-extra-modules kamailio-utils-modules sip-tester libnet-smpp-perl osmo-msc tshark python3 python3-phonenumbers python3-pyasn1 python3-redis python3-jsonschema faketime \
	debhelper lintian mandoc man-db systemd prometheus wrk chromium fonts-wqy-microhei
PKGS := libosmocore talloc libevent libevent_pthreads libevent_openssl hiredis libcyaml jansson sqlite3 libcrypt libsmpp34 libosip2 nettle openssl libsystemd

CSTD     := -std=gnu11 -D_GNU_SOURCE
WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
ifeq ($(CI),true)
WARN     += -Werror
endif
# =, not :=, so that `deps` may install the packages first.
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS   = $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lunistring -lpthread -lm
CHECK_LIBS = $(shell pkg-config --libs check 2>/dev/null)

FLAGS_release  := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong
FLAGS_asan     := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
FLAGS_coverage := -O0 -g --coverage
FLAGS_fuzz     := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
ifeq ($(FLAVOUR),fuzz)
CC := $(CLANG)
# Loops over characters that compare with ranges and tables: to trace each comparison takes three
# quarters of the time, and there is no secret number to be found by it.
$(addprefix build/fuzz/smpp/smpp_,score.o utf8.o han.o gsm7.o): CFLAGS += -fno-sanitize-coverage=trace-cmp
endif
CFLAGS  ?=
LDFLAGS ?=
ALL_CFLAGS = $(CSTD) $(WARN) $(FLAGS_$(FLAVOUR)) -I. $(PKG_CFLAGS) $(CFLAGS)

RULES     := $(sort $(wildcard rules/*.c))
BLOCKLIST := $(sort $(wildcard blocklist/*.c))
SMPP      := $(sort $(wildcard smpp/*.c))
PROGRAMS  := gateway/mianraod.c gateway/mianrao.c
GATEWAY   := $(sort $(filter-out $(PROGRAMS),$(wildcard gateway/*.c)))
LIB_SRC   := $(RULES) $(BLOCKLIST) $(SMPP) $(GATEWAY)
# Files of deploy/ that are in the programs as they are: rules/embedded.h.
EMBEDDED  := $(sort $(wildcard deploy/replies/*.txt deploy/language/*.tsv deploy/numbering/*.tsv) deploy/openapi.json)
# The console's files, as gateway/console_files.h tells of them.
CONSOLE   := $(sort $(if $(wildcard deploy/console),$(shell find deploy/console -type f ! -name '*.md')))
LIB_OBJ   := $(LIB_SRC:%.c=$(B)/%.o) $(EMBEDDED:%=$(B)/%.o) $(B)/console_files.o
UNIT      := $(sort $(wildcard tests/unit/test_*.c))
UNIT_BIN  := $(UNIT:tests/unit/%.c=$(B)/unit/%)
# Helpers of the interop tests; *_stand_in.c are preloads for the programs of others.
STAND_IN  := $(sort $(wildcard tests/interop/*_stand_in.c))
PRELOAD   := $(STAND_IN:tests/interop/%.c=build/interop/%.so)
INTEROP   := $(filter-out $(STAND_IN),$(sort $(wildcard tests/interop/*.c)))
INTEROP_BIN := $(INTEROP:tests/interop/%.c=$(B)/interop/%)
FUZZ      := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_BIN  := $(FUZZ:tests/fuzz/%.c=build/fuzz/bin/%)
BENCH     := $(sort $(wildcard tests/bench/bench_*.c))
BENCH_BIN := $(BENCH:tests/bench/%.c=$(B)/bench/%)

.PHONY: all deps check demo run asan fuzz fuzz-bin fuzz-codec fuzz-long bench coverage lint format install deb deb-package clean \
	sim exactly-once decide-long unit unit-bin flow interop interop-bin faults smpp-lib lift-bin

all: $(B)/mianraod $(B)/mianrao

include tests/tests.mk

$(B)/libmianrao.a: $(LIB_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(B)/mianraod: $(B)/gateway/mianraod.o $(B)/libmianrao.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(B)/mianrao: $(B)/gateway/mianrao.o $(B)/libmianrao.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(B)/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# deploy/replies/zh.txt becomes embedded_replies_zh_txt, up to embedded_replies_zh_txt_end.
embedded_name = embedded_$(subst .,_,$(subst -,_,$(subst /,_,$(1))))
$(EMBEDDED:%=$(B)/%.o): $(B)/deploy/%.o: deploy/%
	$(call say,EMBED,$<)
	$(Q)mkdir -p $(@D)
	$(Q)printf '\t%s\n' '.section .rodata' '.global $(call embedded_name,$*), $(call embedded_name,$*)_end' \
		'$(call embedded_name,$*): .incbin "$<"' '$(call embedded_name,$*)_end: .byte 0' \
		'.section .note.GNU-stack,"",%progbits' | $(CC) -x assembler -c -o $@ -

# Each as it is and packed, with a tag of its content.
$(B)/console_files.c: $(CONSOLE) deploy/console_files.sh $(if $(wildcard deploy/console),deploy/console) Makefile
	$(call say,EMBED,deploy/console)
	$(Q)mkdir -p $(@D)/console
	$(Q)sh deploy/console_files.sh $(@D)/console $(CONSOLE) >$@.new && mv $@.new $@

$(B)/console_files.o: $(B)/console_files.c
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# One Check program per module, linked with what it tests.
$(B)/unit/%: tests/unit/%.c $(B)/libmianrao.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(B)/libmianrao.a $(CHECK_LIBS) $(PKG_LIBS)

# smpp/ as another project would lift it out: nothing else of ours can be included or linked.
LIFT      := $(B)/lift
SMPP_LIB  := $(B)/libmianrao-smpp.a
SMPP_PKGS := talloc libevent openssl
SMPP_UNIT := $(sort $(wildcard tests/unit/test_smpp_*.c))
LIFT_BIN  := $(SMPP_UNIT:tests/unit/%.c=$(LIFT)/unit/%) $(LIFT)/echo_smsc
LIFT_CFLAGS = $(CSTD) $(WARN) $(FLAGS_$(FLAVOUR)) -I$(LIFT)/include \
	$(shell pkg-config --cflags $(SMPP_PKGS) 2>/dev/null) $(CFLAGS)
LIFT_LIBS   = $(shell pkg-config --libs $(SMPP_PKGS) 2>/dev/null)
# What its tests need beside it: cases in JSON, and the oracle of the codec.
LIFT_TEST   = $(shell pkg-config --cflags --libs check jansson libsmpp34 2>/dev/null)

$(LIFT)/include:
	$(Q)mkdir -p $@ && ln -sfn $(CURDIR)/smpp $@/smpp

$(LIFT)/%.o: smpp/%.c | $(LIFT)/include
	$(call say,CC,$<)
	$(Q)$(CC) $(LIFT_CFLAGS) -MMD -MP -c -o $@ $<

$(SMPP_LIB): $(SMPP:smpp/%.c=$(LIFT)/%.o)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(LIFT)/unit/%: tests/unit/%.c $(SMPP_LIB)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LIFT_CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(SMPP_LIB) $(LIFT_TEST) $(LIFT_LIBS)

$(LIFT)/echo_smsc: smpp/example/echo_smsc.c $(SMPP_LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(LIFT_CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(SMPP_LIB) $(LIFT_LIBS)

lift-bin: $(LIFT_BIN)

# What tests of tests/interop talk to through pipes and sockets.
$(B)/interop/%: tests/interop/%.c $(B)/libmianrao.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(B)/libmianrao.a $(PKG_LIBS)

$(B)/bench/%: tests/bench/%.c $(B)/libmianrao.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(B)/libmianrao.a $(PKG_LIBS)

build/fuzz/bin/%: tests/fuzz/%.c build/fuzz/libmianrao.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(CSTD) $(WARN) $(FLAGS_fuzz) -fsanitize=fuzzer -I. $(PKG_CFLAGS) -o $@ $< \
		build/fuzz/libmianrao.a $(PKG_LIBS)

build/interop/%.so: tests/interop/%.c
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CSTD) $(WARN) -O2 -shared -fPIC -o $@ $<

unit-bin: $(UNIT_BIN)
interop-bin: $(INTEROP_BIN) $(PRELOAD)
fuzz-bin: $(FUZZ_BIN)

asan:
	$(Q)$(MAKE) --no-print-directory FLAVOUR=asan all unit-bin interop-bin

-include $(shell find build -path build/deb -prune -o -name '*.d' -type f -print 2>/dev/null)
