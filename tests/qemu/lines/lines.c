/* SPDX-License-Identifier: Apache-2.0 */
/* lines CHIP [LINE...]: label and number of lines of a GPIO chip, and the value of each line. */
#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int show_line(int chip, unsigned line)
{
	struct gpio_v2_line_request req = { .offsets = { line },
					    .consumer = "lines",
					    .num_lines = 1,
					    .config.flags = GPIO_V2_LINE_FLAG_INPUT };
	struct gpio_v2_line_values v = { .mask = 1 };
	int rc;

	if (ioctl(chip, GPIO_V2_GET_LINE_IOCTL, &req) < 0) {
		printf("line %u: %s\n", line, strerror(errno));
		return 1;
	}
	rc = ioctl(req.fd, GPIO_V2_LINE_GET_VALUES_IOCTL, &v);
	close(req.fd);
	if (rc < 0)
		printf("line %u: no value: %s\n", line, strerror(errno));
	else
		printf("line %u is %u\n", line, (unsigned)(v.bits & 1));
	return rc < 0;
}

int main(int argc, char *argv[])
{
	struct gpiochip_info info;
	int chip = argc > 1 ? open(argv[1], O_RDWR | O_CLOEXEC) : -1;
	int failed = 0;

	if (chip < 0 || ioctl(chip, GPIO_GET_CHIPINFO_IOCTL, &info) < 0) {
		printf("%s: %s\n", argc > 1 ? argv[1] : "no chip", strerror(errno));
		return 1;
	}
	printf("%s: %s has %u lines\n", argv[1], info.label, info.lines);
	for (int i = 2; i < argc; i++)
		failed |= show_line(chip, (unsigned)strtoul(argv[i], NULL, 10));
	return failed;
}
