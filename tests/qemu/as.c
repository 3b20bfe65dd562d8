/* SPDX-License-Identifier: Apache-2.0 */
/* as UID PROGRAM [ARGUMENT...]: as that user and group, in no other: what a login does, alone. */
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
	unsigned uid = argc > 2 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;

	if (!uid || setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		return 125;
	execv(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
