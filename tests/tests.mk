# SPDX-License-Identifier: AGPL-3.0-or-later
# What is run rather than built. tests/run-tests.sh does the counting.

JOBS         ?= $(shell nproc 2>/dev/null || echo 2)
FUZZ_SECONDS ?= 60
FUZZ_RUNS    ?= 100000000
SOURCES       = $(sort $(wildcard gateway/*.[ch] smpp/*.[ch] smpp/example/*.[ch] rules/*.[ch] blocklist/*.[ch] \
	tests/unit/*.[ch] tests/interop/*.[ch] tests/fuzz/*.[ch] tests/bench/*.[ch]))
SUB           = $(MAKE) --no-print-directory -j$(JOBS)

deps:
	@sh tests/deps.sh $(DEBS)

check: deps
	@MAKE="$(MAKE)" JOBS=$(JOBS) bash tests/run-tests.sh

# Single suites, for those at work on them: make flow, make unit FLAVOUR=release.
unit flow interop faults: deps
	@MAKE="$(MAKE)" JOBS=$(JOBS) FLAVOUR=$(if $(filter command line environment,$(origin FLAVOUR)),$(FLAVOUR),asan) \
		bash tests/run-tests.sh build $@

# The library of smpp/ alone, build/<flavour>/libmianrao-smpp.a, its example, and its tests.
smpp-lib: deps
	+@$(SUB) lift-bin
	@FLAVOUR=$(FLAVOUR) bash tests/run-tests.sh lift

lint:
	@bash tests/run-tests.sh lint

# The proofs of the town: SIM_REPORTS=n. Verdicts do not depend on the feed; each report has its reward once.
sim: deps
	+@$(SUB) FLAVOUR=release all
	@FLAVOUR=release node tests/sim/sim.mjs

# Ten million random decisions beside the reference of the test; make check does a million.
decide-long: deps
	+@$(SUB) FLAVOUR=release build/release/unit/test_block_decide
	@TIMES=10 CK_DEFAULT_TIMEOUT=600 build/release/unit/test_block_decide

exactly-once: deps
	+@$(SUB) FLAVOUR=release all
	@FLAVOUR=release node tests/sim/exactly_once.mjs

demo: deps
	+@$(SUB) FLAVOUR=release all
	@FLAVOUR=release node tests/sim/demo.mjs

run: deps
	+@$(SUB) FLAVOUR=release all
	@FLAVOUR=release node tests/sim/run.mjs

# Every fuzz target for FUZZ_SECONDS each; what it finds is kept in build/fuzz/corpus.
fuzz: deps
	+@$(SUB) FLAVOUR=fuzz fuzz-bin
	@FUZZ_SECONDS=$(FUZZ_SECONDS) FUZZ_RUNS=-1 JOBS=$(JOBS) bash tests/run-tests.sh fuzz
	@cat build/check/fuzz.log

fuzz-long:
	@$(MAKE) --no-print-directory fuzz FUZZ_SECONDS=3600

# The codec alone, FUZZ_RUNS times, shared out among the processors.
fuzz-codec: deps
	+@$(SUB) FLAVOUR=fuzz fuzz-bin
	@bash tests/fuzz-codec.sh $(FUZZ_RUNS) $(JOBS)

coverage: deps
	+@$(SUB) FLAVOUR=coverage all unit-bin
	@FLAVOUR=coverage bash tests/run-tests.sh unit flow || true
	@bash tests/coverage.sh

format:
	@clang-format -i $(SOURCES)

install: all
	install -D -m 755 $(B)/mianraod $(DESTDIR)$(PREFIX)/sbin/mianraod
	install -D -m 755 $(B)/mianrao $(DESTDIR)$(PREFIX)/bin/mianrao
	install -D -m 644 deploy/mianrao.yaml $(DESTDIR)$(PREFIX)/share/doc/mianrao/mianrao.yaml
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/mianrao/replies deploy/replies/*.txt
	install -d $(DESTDIR)$(PREFIX)/share/mianrao/language $(DESTDIR)$(PREFIX)/share/mianrao/numbering
	install -m 644 deploy/language/*.tsv $(DESTDIR)$(PREFIX)/share/mianrao/language
	install -m 644 deploy/numbering/*.tsv $(DESTDIR)$(PREFIX)/share/mianrao/numbering
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/mianrao deploy/manual.md deploy/manual.zh.md deploy/runbook.md deploy/runbook.zh.md
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/mianrao/prometheus deploy/prometheus/*
	install -D -m 644 deploy/grafana/mianrao.json $(DESTDIR)$(PREFIX)/share/mianrao/grafana/mianrao.json
	install -D -m 644 deploy/man/mianrao.1 $(DESTDIR)$(PREFIX)/share/man/man1/mianrao.1
	install -D -m 644 deploy/man/mianrao.yaml.5 $(DESTDIR)$(PREFIX)/share/man/man5/mianrao.yaml.5
	install -D -m 644 deploy/man/mianraod.8 $(DESTDIR)$(PREFIX)/share/man/man8/mianraod.8
	install -D -m 644 deploy/completion/mianrao $(DESTDIR)$(PREFIX)/share/bash-completion/completions/mianrao
	install -D -m 644 deploy/redis/README.md $(DESTDIR)$(PREFIX)/share/doc/mianrao/redis/README.md
	install -D -m 755 deploy/redis/follow.py $(DESTDIR)$(PREFIX)/share/doc/mianrao/redis/follow.py
	install -D -m 755 deploy/rewards-consumer/consumer.py $(DESTDIR)$(PREFIX)/share/doc/mianrao/rewards-consumer/consumer.py
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/mianrao/rewards deploy/rewards/README.md deploy/rewards/*.json
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/mianrao/rewards/examples deploy/rewards/examples/*

# build/deb/mianrao_VERSION_ARCH.deb. Debian wants its folder at the top of what it builds.
deb: deps deb-package
	lintian --fail-on error --allow-root --suppress-tags bogus-mail-host,bogus-mail-host-in-debian-changelog \
		build/deb/mianrao_*.deb

# The same where only what builds it is installed: deploy/Containerfile.
deb-package:
	rm -rf build/deb && mkdir -p build/deb/mianrao
	tar -cf - --exclude=./build --exclude=./.git --exclude=./tests/node_modules . | tar -C build/deb/mianrao -xf -
	cp -r deploy/debian build/deb/mianrao/debian
	printf 'mianrao (%s) unstable; urgency=medium\n\n  * See CHANGELOG.md.\n\n -- %s  %s\n' \
		"$$(sed -n 's/.*MIANRAO_VERSION "\(.*\)"/\1/p' gateway/version.h)" \
		"$${DEBFULLNAME:-Mianrao} <$${DEBEMAIL:-mianrao@localhost}>" "$$(date -R -r gateway/version.h)" >build/deb/mianrao/debian/changelog
	cd build/deb/mianrao && dpkg-buildpackage -us -uc -b

clean:
	rm -rf build

-include tests/bench/bench.mk
