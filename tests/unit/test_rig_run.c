/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole runs against a stand-in for QEMU, which is this program itself: it connects to the QMP
 * socket it is given, and its console is a real shell.
 */
#include "rig.h"

#include <dirent.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "fd.h"
#include "files.h"

/* --- the stand-in ---------------------------------------------------------------------------- */

static int fake_connect(char **argv)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	for (; *argv; argv++) {
		const char *path = strstr(*argv, "id=rig-qmp,path=");

		if (path)
			snprintf(a.sun_path, sizeof(a.sun_path), "%s", strchr(path, '/'));
	}
	return connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ? -1 : fd;
}

static void fake_say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		_exit(9);
}

/* One request; true for "quit". */
static bool fake_answer(int fd, const char *line)
{
	if (strstr(line, "\"device_del\"")) {
		/* Another device's event first, then the right one before the answer. */
		fake_say(fd, "{\"event\": \"DEVICE_DELETED\", \"data\": {\"device\": \"x\"}}\r\n");
		fake_say(fd, "{\"event\": \"DEVICE_DELETED\", \"data\": {\"device\": \"m\"}}\r\n");
	}
	if (strstr(line, "\"broken\""))
		fake_say(fd, "{\"error\": {\"class\": \"Generic\", \"desc\": \"no such\"}}\r\n");
	else
		fake_say(fd, "{\"return\": {\"running\": true}}\r\n");
	return strstr(line, "\"quit\"");
}

/* The console is a shell without terminal: it does not echo, so what is typed is printed first. */
static pid_t fake_shell(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl("/bin/sh", "sh", "-v", NULL);
		_exit(127);
	}
	return pid;
}

/* The shell's "reboot" is a signal to its parent, who says what QEMU would. */
static int reset_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static void fake_reset(int fd, int signals)
{
	struct signalfd_siginfo info;

	if (read(signals, &info, sizeof(info)) != sizeof(info))
		_exit(9);
	printf("going down\r\n");
	fflush(stdout);
	fake_say(fd, "{\"event\": \"RTC_CHANGE\", \"data\": {\"offset\": 1}}\r\n");
	fake_say(fd, "{\"event\": \"RESET\", \"data\": {\"guest\": true}}\r\n");
	poll(NULL, 0, 300);
	printf("up again\r\n");
	fflush(stdout);
}

static int fake_qemu(char **argv)
{
	int fd = fake_connect(argv), signals = reset_signals();
	bool quit = false;
	char buf[512];
	pid_t shell;
	FILE *in;

	if (strcmp(argv[1], "--refuse") == 0) {
		fprintf(stderr, "fake: no such machine\n");
		return 1;
	}
	dup2(1, 2);
	printf("\x1b[2Jbooting\r\nup after 1 s\r\n");
	fflush(stdout);
	shell = fake_shell();
	fake_say(fd, "{\"QMP\": {\"version\": {}}}\r\n");
	in = fdopen(fd, "r");
	while (!quit) {
		struct pollfd p[2] = { { .fd = fd, .events = POLLIN },
				       { .fd = signals, .events = POLLIN } };

		poll(p, 2, 20);
		if (p[1].revents)
			fake_reset(fd, signals);
		if (p[0].revents) {
			if (!fgets(buf, sizeof(buf), in))
				break;
			quit = fake_answer(fd, buf);
		}
		/* The guest's own power-off. */
		if (waitpid(shell, NULL, WNOHANG) == shell)
			return 0;
	}
	kill(shell, SIGKILL);
	return 0;
}

/* --- runs ------------------------------------------------------------------------------------ */

struct place {
	char dir[32];
	char out[64];
	char log[64];
};

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	char path[128], self[256];
	struct err e = { 0 };
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char args[400];

	snprintf(p->dir, sizeof(p->dir), "/tmp/test-rig-XXXXXX");
	if (!mkdtemp(p->dir) || n < 0)
		return -1;
	self[n] = '\0';
	snprintf(p->out, sizeof(p->out), "%s/out", p->dir);
	snprintf(p->log, sizeof(p->log), "%s/log", p->dir);
	mkdir(p->out, 0755);
	snprintf(path, sizeof(path), "%s/boot.args", p->out);
	snprintf(args, sizeof(args), "%s\n--fake\nfile=%%{out}/d.img\n", self);
	*state = p;
	if (fd_write_file(path, args, strlen(args), 0644, &e) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/d.img", p->out);
	return fd_write_file(path, "disk", 4, 0644, &e);
}

static void remove_all(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	while (d && (entry = readdir(d)))
		unlinkat(dirfd(d), entry->d_name, 0);
	if (d)
		closedir(d);
	rmdir(dir);
}

static int teardown(void **state)
{
	struct place *p = *state;

	remove_all(p->out);
	remove_all(p->log);
	rmdir(p->dir);
	free(p);
	return 0;
}

/* Runs the steps; returns how many passed, e says why the next did not. */
static size_t run_with(const struct place *p, const char *steps, int signals, struct err *e)
{
	CLEANUP_ARENA struct mem_arena a = { 0 };
	const char *const items[] = { mem_printf(&a, "out=%s", p->out) };
	const struct scenario_vars vars = { items, 1 };
	const char *text = mem_printf(&a,
				      "scenario: s\nimage: \"%%{out}\"\ntimeout: 20\n"
				      "step-timeout: 5\nsteps:\n%s",
				      steps);
	const struct meta_node *root;
	struct rig r = { .signals = signals };
	struct meta_diag d = { 0 };
	struct scenario s;
	size_t passed = 0;

	root = meta_parse(&a, text, strlen(text), "s", &d);
	assert_non_null(root);
	if (scenario_read(&a, root, &vars, &s, &d) < 0)
		fail_msg("%s", d.messages[0].text);
	if (rig_open(&a, &r, &s, p->log, e) == 0)
		while (passed < s.count && rig_step(&r, &s.steps[passed], e) == 0)
			passed++;
	rig_close(&r);
	meta_diag_free(&d);
	return passed;
}

static size_t run(const struct place *p, const char *steps, struct err *e)
{
	return run_with(p, steps, -1, e);
}

static void test_all_steps(void **state)
{
	static const char steps[] = "  - wait: ^up after\n"
				    "  - seen: ^booting\n"
				    "  - run: echo one; echo two\n"
				    "    expect: ^two$\n"
				    "    save: said\n"
				    "  - { run: (exit 7), status: 7 }\n"
				    "  - { run: printf unended, expect: ^unended$ }\n"
				    "  - { run: sleep 0 &, status: 0 }\n"
				    "  - { qmp: query-status, expect: running }\n"
				    "  - plug: { driver: usb-mouse, id: m }\n"
				    "  - pull: m\n"
				    "  - absent: panic\n"
				    "  - power-cut\n"
				    "  - boot\n"
				    "  - wait: ^booting\n"
				    "  - absent: unended\n"
				    "  - quit\n"
				    "  - boot\n"
				    "  - run: \"true\"\n"
				    "  - send: exit\n"
				    "  - off\n";
	const struct place *p = *state;
	char path[128], *said;
	struct err e = { 0 };
	size_t len;

	if (run(p, steps, &e) != 19)
		fail_msg("%s", e.text);
	snprintf(path, sizeof(path), "%s/said", p->log);
	said = fd_read_file(path, 4096, &len, &e);
	assert_string_equal(said, "one\ntwo\n");
	free(said);
	/* The copy of the disk is gone, what was built is as it was. */
	snprintf(path, sizeof(path), "%s/d.img", p->log);
	assert_int_equal(access(path, F_OK), -1);
	snprintf(path, sizeof(path), "%s/console.log", p->log);
	assert_int_equal(access(path, F_OK), 0);
}

/* Lines of before are of another boot, and a reset that nobody waited for is not the step's. */
static void test_reboot(void **state)
{
	static const char steps[] = "  - wait: ^up after\n"
				    "  - run: reboot() { kill -USR1 $PPID; }\n"
				    "  - send: reboot\n"
				    "  - wait: ^up again\n"
				    "  - reboot\n"
				    "  - absent: going down|up after\n"
				    "  - seen: ^up again\n"
				    "  - run: \"true\"\n"
				    "  - run: reboot() { true; }\n"
				    "  - { reboot: , timeout: 1 }\n";
	const struct place *p = *state;
	struct err e = { 0 };

	if (run(p, steps, &e) != 9)
		fail_msg("%s", e.text);
	assert_string_equal(e.text, "cannot pass reboot: not within 1 s");
}

/* What the guest's shell answers is here the word of a function of that name. */
#define ANSWER(read, write, status)                                                                \
	"  - run: 'sh() { echo \"read: " read "\"; echo \"write: " write "\"; return " status      \
	"; }'\n"
#define ASK(allows) "  - { access: snap.a.b, node: /dev/x, allows: " allows " }\n"
#define EPERM_TEXT  "sh can not open /dev/x, Operation not permitted"
#define EACCES_TEXT "sh can not open /dev/x, Permission denied"
#define OTHER	    "sh can not open /dev/x, Device or resource busy"

static void test_access(void **state)
{
	static const char steps[] = ANSWER("done", "done", "0") ASK("rw")
		ANSWER("done", EPERM_TEXT, "0") ASK("r") ANSWER(EACCES_TEXT, "done", "0") ASK("w")
			ANSWER(EPERM_TEXT, EACCES_TEXT, "0") ASK("none") "  - quit\n";
	const struct place *p = *state;
	struct err e = { 0 };

	if (run(p, steps, &e) != 9)
		fail_msg("%s", e.text);
}

static const struct failing {
	const char *steps;
	size_t passed;
	const char *says;
} failing[] = {
	{ "  - { wait: never, timeout: 1 }\n", 0, "cannot find a line \"never\": not within 1 s" },
	{ "  - wait: up after\n  - { wait: booting, timeout: 1 }\n", 1,
	  "cannot find a line \"booting\": not within 1 s" },
	{ "  - { seen: never, timeout: 1 }\n", 0, "cannot find a line \"never\": not within 1 s" },
	{ "  - wait: up after\n  - absent: booting\n", 1,
	  "cannot pass absent \"booting\": the console says \"booting\"" },
	{ "  - run: \"false\"\n", 0, "cannot pass \"run: false\": status 1, expected 0" },
	{ "  - { run: echo a, expect: b }\n", 0,
	  "cannot pass \"run: echo a\": no \"b\" in \"a\n\"" },
	{ "  - { run: sleep 5, timeout: 1 }\n", 0,
	  "cannot run \"sleep 5\": cannot finish the command: not done in time" },
	{ "  - run: kill -9 $$\n", 0,
	  "cannot run \"kill -9 $$\": cannot finish the command: the machine has ended" },
	{ "  - qmp: broken\n", 0, "cannot do broken: QEMU answers \"no such\"" },
	{ "  - { pull: other, timeout: 1 }\n", 0,
	  "cannot do device_del: cannot read from QEMU: no answer in time" },
	{ "  - boot\n", 0, "cannot boot: the machine is on" },
	{ "  - power-cut\n  - power-cut\n", 1, "cannot cut the power: the machine is off" },
	{ "  - power-cut\n  - send: x\n", 1, "cannot type: the machine is off" },
	{ "  - power-cut\n  - qmp: stop\n", 1, "cannot do stop: the machine is off" },
	{ "  - power-cut\n  - wait: x\n", 1, "cannot find a line \"x\": the machine is off" },
	{ "  - send: exit\n  - wait: never\n", 1,
	  "cannot find a line \"never\": the machine has ended with status 0" },
	{ "  - { off: , timeout: 1 }\n", 0, "cannot pass off: not within 1 s" },
	{ "  - power-cut\n  - reboot\n", 1, "cannot reboot: the machine is off" },
	{ "  - run: reboot() { exit; }\n  - reboot\n", 1,
	  "cannot pass reboot: the machine has ended with status 0" },
	{ ANSWER("done", "done", "0") ASK("r"), 1,
	  "cannot pass \"access: snap.a.b: /dev/x\": expected r, got \"read: done\nwrite: "
	  "done\n\"" },
	{ ANSWER("done", EPERM_TEXT, "0") ASK("rw"), 1,
	  "cannot pass \"access: snap.a.b: /dev/x\": expected rw, got \"read: "
	  "done\nwrite: " EPERM_TEXT "\n\"" },
	/* No refusal and no success: nothing was shown. */
	{ ANSWER(EPERM_TEXT, OTHER, "0") ASK("none"), 1,
	  "cannot pass \"access: snap.a.b: /dev/x\": expected none, got \"read: " EPERM_TEXT
	  "\nwrite: " OTHER "\n\"" },
	{ "  - run: sh() { true; }\n" ASK("none"), 1,
	  "cannot pass \"access: snap.a.b: /dev/x\": expected none, got \"\"" },
	{ ANSWER("done", "done", "33") ASK("rw"), 1,
	  "cannot ask for the access of snap.a.b to /dev/x: the app's profile is not loaded" },
	{ ANSWER("done", "done", "2") ASK("rw"), 1,
	  "cannot ask for the access of snap.a.b to /dev/x: no shell could ask" },
	{ "  - run: sh() { exit; }\n" ASK("rw"), 1,
	  "cannot ask for the access of snap.a.b to /dev/x: cannot finish the command: the machine "
	  "has "
	  "ended" },
	/* The shell's own words, where there is no such app. */
	{ "  - { access: snap.a.b, node: /dev/no-such, allows: none }\n", 0,
	  "cannot ask for the access of snap.a.b to /dev/no-such: there is no such node" },
	{ "  - { access: snap.a.b, node: /dev/null, allows: rw }\n", 0,
	  "cannot ask for the access of snap.a.b to /dev/null: the app has no cgroup that a "
	  "process "
	  "can enter" },
};

static void test_failures(void **state)
{
	const struct place *p = *state;

	for (size_t i = 0; i < ARRAY_SIZE(failing); i++) {
		struct err e = { 0 };
		size_t passed = run(p, failing[i].steps, &e);

		if (passed != failing[i].passed || strcmp(e.text, failing[i].says) != 0)
			fail_msg("%s: %zu passed, then \"%s\"", failing[i].steps, passed, e.text);
		assert_int_equal(e.kind, ERR_INPUT);
	}
}

static void write_args(const struct place *p, const char *text)
{
	struct err e = { 0 };
	char path[128];

	snprintf(path, sizeof(path), "%s/boot.args", p->out);
	assert_int_equal(fd_write_file(path, text, strlen(text), 0644, &e), 0);
}

static void test_no_qemu(void **state)
{
	const struct place *p = *state;
	char self[256] = "", args[400], says[400];
	struct err e = { 0 };

	write_args(p, "no-such-emulator\n-M\n");
	assert_int_equal(run(p, "  - quit\n", &e), 0);
	assert_string_equal(e.text, "cannot run no-such-emulator: No such file or directory");
	assert_int_equal(e.kind, ERR_ENVIRONMENT);
	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	snprintf(args, sizeof(args), "%s\n--refuse\n", self);
	write_args(p, args);
	e = (struct err){ 0 };
	assert_int_equal(run(p, "  - quit\n", &e), 0);
	snprintf(says, sizeof(says), "cannot start %s: it ended at once, see %s/qemu.err", self,
		 p->log);
	assert_string_equal(e.text, says);
	assert_int_equal(e.kind, ERR_ENVIRONMENT);
}

static void test_no_disk(void **state)
{
	const struct place *p = *state;
	struct err e = { 0 };
	char path[128];

	snprintf(path, sizeof(path), "%s/d.img", p->out);
	unlink(path);
	assert_int_equal(run(p, "  - quit\n", &e), 0);
	assert_int_equal(e.kind, ERR_ENVIRONMENT);
	assert_non_null(strstr(e.text, "cannot open disk"));
	snprintf(path, sizeof(path), "%s/boot.args", p->out);
	unlink(path);
	assert_int_equal(run(p, "  - quit\n", &e), 0);
	assert_int_equal(e.kind, ERR_ENVIRONMENT);
}

static void test_signal(void **state)
{
	const struct place *p = *state;
	struct err e = { 0 };
	sigset_t set, old;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &old);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	kill(getpid(), SIGTERM);
	assert_int_equal(run_with(p, "  - wait: never\n", fd, &e), 0);
	assert_string_equal(e.text, "cannot go on: interrupted by signal 15");
	close(fd);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

/* Nothing that a run started is left: no child, no private folder of this process. */
static void test_nothing_left(void **state)
{
	const struct place *p = *state;
	struct err e = { 0 };

	assert_int_equal(run(p, "  - wait: up after\n  - { wait: x, timeout: 1 }\n", &e), 1);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all_steps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reboot, setup, teardown),
		cmocka_unit_test_setup_teardown(test_access, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failures, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_qemu, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_disk, setup, teardown),
		cmocka_unit_test_setup_teardown(test_signal, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing_left, setup, teardown),
	};

	if (argc > 1)
		return fake_qemu(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
