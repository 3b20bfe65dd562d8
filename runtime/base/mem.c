/* SPDX-License-Identifier: Apache-2.0 */
#include "mem.h"

#include <unistd.h>

void *mem_must(void *p)
{
	static const char text[] = "bulkhead: cannot continue: out of memory\n";

	if (p)
		return p;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(3);
	_exit(3);
}
