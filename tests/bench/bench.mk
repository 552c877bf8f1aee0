# SPDX-License-Identifier: AGPL-3.0-or-later
# make bench: figures, each beside its limit of the same run. BENCH_SCALE=10 takes ten times as long.

.PHONY: bench-bin

bench-bin: $(BENCH_BIN)

bench: deps
	+@$(SUB) FLAVOUR=release all bench-bin
	@FLAVOUR=release node tests/bench/bench.mjs
