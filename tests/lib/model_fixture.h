/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small model made by hand, for tests of the floors above it: snap "sensord" (uid 10001) with a
 * daemon on one serial port of the gadget; snap "web" (root) with a daemon that has the network and
 * starts after it, and a plain command. A header only, since tests/lib is compiled for lower
 * floors.
 */
#ifndef TESTS_MODEL_FIXTURE_H
#define TESTS_MODEL_FIXTURE_H

#include <string.h>

#include "model.h"
#include "str.h"

#define FIXTURE_LOC(name, number)                                                                  \
	{                                                                                          \
		.file = (name), .line = (number), .col = 1                                         \
	}

struct model_fixture {
	struct mem_arena a;
	struct meta_diag d;
	struct model_line serial_rules[2], serial_udev[1], net_rules[1], net_filter[1];
	struct model_attr_def serial_attrs[1];
	struct model_udev serial_match[1];
	struct model_variant serial_variant, net_variant;
	struct model_iface serial, net;
	struct model_end serial_slot, net_slot, serial_plug, net_plug;
	struct model_end *sensord_plugs[1], *web_plugs[1];
	const char *argv[3][2];
	struct model_env env[3];
	const struct model_app *after[1];
	struct model_app sensord_app[1], web_apps[2];
	struct model_snap snaps[2];
	struct model_connection connections[2];
	struct model_base_entry base[5];
	const char *accept[1];
	struct model m;
};

static inline void fixture_ifaces(struct model_fixture *f)
{
	f->serial_rules[0] = (struct model_line){ "%{path} rwk,", FIXTURE_LOC("serial.yaml", 10) };
	f->serial_udev[0] = (struct model_line){ "SUBSYSTEM==\"tty\", KERNEL==\"%{path|base}\"",
						 FIXTURE_LOC("serial.yaml", 12) };
	f->serial_match[0] = (struct model_udev){ .parts = { f->serial_udev, 1 },
						  .access = 6,
						  .loc = FIXTURE_LOC("serial.yaml", 12) };
	f->serial_attrs[0] = (struct model_attr_def){ .name = "path", .type = MODEL_ATTR_DEV_NODE };
	f->serial_variant = (struct model_variant){ .name = "by-node",
						    .attrs = f->serial_attrs,
						    .attr_count = 1,
						    .group = { .apparmor = { f->serial_rules, 1 },
							       .udev = f->serial_match,
							       .udev_count = 1 } };
	f->serial = (struct model_iface){ .name = "serial",
					  .variants = &f->serial_variant,
					  .variant_count = 1 };
	f->net_rules[0] = (struct model_line){ "network inet stream,", FIXTURE_LOC("net.yaml", 9) };
	f->net_filter[0] =
		(struct model_line){ "socket AF_INET 15|SOCK_STREAM", FIXTURE_LOC("net.yaml", 11) };
	f->net_variant = (struct model_variant){ .name = "system",
						 .group = { .apparmor = { f->net_rules, 1 },
							    .seccomp = { f->net_filter, 1 },
							    .network = true } };
	f->net = (struct model_iface){ .name = "net",
				       .variants = &f->net_variant,
				       .variant_count = 1 };
}

static inline const struct meta_node *fixture_map(struct model_fixture *f, const char *yaml)
{
	return meta_parse(&f->a, yaml, strlen(yaml), "gadget.yaml", &f->d);
}

static inline void fixture_ends(struct model_fixture *f)
{
	f->serial_slot = (struct model_end){ .name = "uart",
					     .interface = "serial",
					     .iface = &f->serial,
					     .snap = &f->m.gadget_snap,
					     .variant = &f->serial_variant,
					     .attrs = fixture_map(f, "path: /dev/ttyS3\n"),
					     .loc = FIXTURE_LOC("gadget.yaml", 5) };
	f->net_slot = (struct model_end){
		.name = "net", .interface = "net", .iface = &f->net, .variant = &f->net_variant
	};
	f->serial_plug = (struct model_end){
		.name = "port", .interface = "serial", .iface = &f->serial, .snap = &f->snaps[0]
	};
	f->net_plug = (struct model_end){
		.name = "net", .interface = "net", .iface = &f->net, .snap = &f->snaps[1]
	};
	f->sensord_plugs[0] = &f->serial_plug;
	f->web_plugs[0] = &f->net_plug;
	f->connections[0] =
		(struct model_connection){ &f->serial_plug, &f->serial_slot,
					   FIXTURE_LOC("gadget.yaml", 20), MODEL_WHY_GADGET };
	f->connections[1] = (struct model_connection){ &f->net_plug, &f->net_slot,
						       FIXTURE_LOC("net.yaml", 1), MODEL_WHY_AUTO };
}

static inline void fixture_apps(struct model_fixture *f)
{
	f->argv[0][0] = "bin/sensord";
	f->argv[0][1] = "$SNAP_DATA/readings";
	f->argv[1][0] = "bin/wrap";
	f->argv[1][1] = "bin/httpd";
	f->argv[2][0] = "bin/tool";
	f->env[0] = (struct model_env){ "LD_LIBRARY_PATH", ":$SNAP/lib::${SNAP_LIBRARY_PATH}:",
					FIXTURE_LOC("snap.yaml", 3) };
	f->env[1] = (struct model_env){ "LOG", "$SNAP_COMMON/$UNKNOWN$$x",
					FIXTURE_LOC("snap.yaml", 4) };
	f->env[2] = (struct model_env){ "LOG2", "$LOG/2", FIXTURE_LOC("snap.yaml", 9) };
	f->sensord_app[0] = (struct model_app){ .name = "sensord",
						.label = "snap.sensord.sensord",
						.snap = &f->snaps[0],
						.argv = f->argv[0],
						.argc = 2,
						.daemon = MODEL_DAEMON_NOTIFY,
						.env = &f->env[2],
						.env_count = 1,
						.plugs = f->sensord_plugs,
						.plug_count = 1,
						.loc = FIXTURE_LOC("snap.yaml", 7) };
	f->web_apps[0] = (struct model_app){ .name = "web",
					     .label = "snap.web.web",
					     .snap = &f->snaps[1],
					     .argv = f->argv[1],
					     .argc = 2,
					     .chain_count = 1,
					     .daemon = MODEL_DAEMON_SIMPLE,
					     .restart = MODEL_RESTART_ALWAYS,
					     .after = f->after,
					     .after_count = 1,
					     .plugs = f->web_plugs,
					     .plug_count = 1,
					     .loc = FIXTURE_LOC("snap.yaml", 6) };
	f->web_apps[1] = (struct model_app){ .name = "tool",
					     .label = "snap.web.tool",
					     .snap = &f->snaps[1],
					     .argv = f->argv[2],
					     .argc = 1,
					     .loc = FIXTURE_LOC("snap.yaml", 12) };
	f->after[0] = &f->sensord_app[0];
}

static inline void fixture_snaps(struct model_fixture *f)
{
	f->snaps[0] = (struct model_snap){ .name = "sensord",
					   .instance = "sensord",
					   .version = "1.0",
					   .revision = "x1",
					   .apps = f->sensord_app,
					   .app_count = 1,
					   .env = f->env,
					   .env_count = 2,
					   .uid = 10001,
					   .gid = 10001,
					   .layers = 0x1f,
					   .loc = FIXTURE_LOC("image.yaml", 4) };
	f->snaps[1] = (struct model_snap){ .name = "web",
					   .instance = "web",
					   .version = "2",
					   .revision = "x1",
					   .apps = f->web_apps,
					   .app_count = 2,
					   .layers = 0x1f,
					   .loc = FIXTURE_LOC("image.yaml", 5) };
}

/* Fills f. Release with fixture_free(). */
static inline void fixture_make(struct model_fixture *f)
{
	*f = (struct model_fixture){ 0 };
	fixture_ifaces(f);
	fixture_ends(f);
	fixture_apps(f);
	fixture_snaps(f);
	f->base[0] = (struct model_base_entry){ .path = "/bin", .type = '2', .link = "usr/bin" };
	f->base[1] = (struct model_base_entry){ .path = "/boot", .type = '5' };
	f->base[2] = (struct model_base_entry){ .path = "/etc", .type = '5' };
	f->base[3] = (struct model_base_entry){ .path = "/usr", .type = '5' };
	f->base[4] = (struct model_base_entry){ .path = "/usr/bin/su", .type = '0', .mode = 04755 };
	f->accept[0] = "unix";
	f->m = (struct model){
		.image = { .name = "demo",
			   .accept_unmediated = f->accept,
			   .accept_count = 1,
			   .base = { .entries = f->base, .count = 5 },
			   .loc = FIXTURE_LOC("image.yaml", 1) },
		.board = { .name = "qemu-arm64", .arch = "arm64", .compat = "armhf" },
		.snaps = f->snaps,
		.snap_count = 2,
		.connections = f->connections,
		.connection_count = 2,
	};
}

static inline void fixture_free(struct model_fixture *f)
{
	mem_free(&f->a);
	meta_diag_free(&f->d);
}

/* The first message recorded, or "". */
static inline const char *fixture_message(const struct model_fixture *f)
{
	return f->d.count ? f->d.messages[0].text : "";
}

#endif
