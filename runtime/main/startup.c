/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the C library would do before main(), with the capabilities of the launcher's file: read
 * GLIBC_TUNABLES. In Debian 12's cross libraries (2.36-8) that reader writes behind its memory
 * where an ordinary user starts the program (CVE-2023-4911), in a static program too (seen). No
 * program of the device needs to be tuned by who starts it. The link puts this function in the
 * reader's place (Makefile, WRAP); tests/run-static holds that nothing calls the reader.
 */
void __wrap___tunables_init(void);

void __wrap___tunables_init(void)
{
}
