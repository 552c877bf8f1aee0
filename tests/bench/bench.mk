# SPDX-License-Identifier: AGPL-3.0-or-later
# make bench: figures, each beside its limit of the same run. BENCH_SCALE=10 takes ten times as long.
# make bench-slow: all that storing bounds, on a disk whose every sync takes BENCH_SYNC_MS longer;
# make bench has a short part of it.

BENCH_SYNC_MS ?= 22
SLOW_SYNC     := build/release/bench/slow_sync.so

.PHONY: bench-bin bench-slow

bench-bin: $(BENCH_BIN)

bench: deps $(SLOW_SYNC)
	+@$(SUB) FLAVOUR=release all bench-bin
	@FLAVOUR=release node tests/bench/bench.mjs

$(SLOW_SYNC): tests/bench/slow_sync.c
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CSTD) $(WARN) -O2 -fPIC -shared -o $@ $< -ldl

bench-slow: deps $(SLOW_SYNC)
	+@$(SUB) FLAVOUR=release all bench-bin
	@FLAVOUR=release LD_PRELOAD=$(abspath $(SLOW_SYNC)) BENCH_SYNC_MS=$(BENCH_SYNC_MS) \
		BENCH_ONLY=store,intake,reports,complete node tests/bench/bench.mjs
