#!/bin/sh
# Takes from an environment what nothing in an image reads: other packages' tests, stubs for editors, headers and
# libraries to compile against, and the symbols of extension modules that only debuggers look at.
#   slim.sh ENVIRONMENT
# Libraries that a wheel bundles (NAME.libs) stay as they are: their sections were moved when they were bundled,
# and after `strip` the loader refuses them ("ELF load command address/offset not page-aligned").
set -eu
cd "$1"
find . -type d \( -name tests -o -path '*/numpy/distutils' -o -path '*/numpy/f2py' \) -prune -exec rm -rf {} +
find . -type f \( -name '*.pyi' -o -name '*.a' \) -delete
find . -type f -name '*.so*' ! -path '*.libs/*' -exec strip --strip-unneeded {} +
