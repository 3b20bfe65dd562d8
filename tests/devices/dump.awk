# SPDX-License-Identifier: Apache-2.0
# dtc -I dtb -O dts BOARD.dtb | awk -f dump.awk: the board's serial ports, I2C and SPI buses, SPI devices for
# spidev and GPIO chips as Linux 6.1 shows them in sysfs, in the format of umockdev-record. Sources:
# of_device_make_bus_id(), of_translate_address() and of_platform_populate() of drivers/of, dev_uevent() of
# drivers/base/core.c (OF_FULLNAME where a device has a node), i2c-core-base.c (aliases first), names of the
# drivers below. Left out: what hangs on other buses than the platform's, UARTs with a device of their own
# (serdev: they have no tty), what status disables.

function hex(s,   i, n) {
	n = 0
	for (i = 3; i <= length(s); i++) n = n * 16 + index("0123456789abcdef", substr(s, i, 1)) - 1
	return n
}
# Of two cells: more than awk's integers hold is not needed, addresses end at 2^48.
function join(cells, at, count,   n, i) {
	n = 0
	for (i = 0; i < count; i++) n = n * 4294967296 + hex(cells[at + i])
	return n
}
# In base 16 without a prefix: %x of some awks ends at 2^31.
function text(n,   s, d) {
	s = ""
	do { d = n % 16; s = substr("0123456789abcdef", d + 1, 1) s; n = int((n - d) / 16) } while (n > 0)
	return s
}
function split_cells(value, cells) {
	gsub(/[<>;]/, " ", value); sub(/^ +/, "", value); sub(/ +$/, "", value)
	return split(value, cells, / +/)
}
function cells_of(node, what,   v) {
	v = prop[node, what]
	if (v == "") return what == "#address-cells" ? 2 : 1
	gsub(/[<>;]/, "", v)
	return hex(v)
}
function parent_of(node,   p) {
	p = node; sub(/\/[^\/]*$/, "", p)
	return p == "" ? "/" : p
}
function base_of(node) { sub(/.*\//, "", node); return node }
function name_of(node) { node = base_of(node); sub(/@.*/, "", node); return node }
# The CPU's address of what reg says, or -1.
function address(node,   cells, up, na, n, count, i, bus, ns, pna, from, size, a) {
	if (prop[node, "reg"] == "") return -1
	up = parent_of(node)
	na = cells_of(up, "#address-cells")
	if (split_cells(prop[node, "reg"], cells) < na || na == 0) return -1
	a = join(cells, 1, na)
	while (up != "/") {
		bus = up; up = parent_of(bus)
		if (!((bus, "ranges") in prop)) return -1
		na = cells_of(bus, "#address-cells"); ns = cells_of(bus, "#size-cells"); pna = cells_of(up, "#address-cells")
		if (prop[bus, "ranges"] == "") continue
		count = split_cells(prop[bus, "ranges"], cells)
		for (i = 1; i + na + pna + ns - 1 <= count; i += na + pna + ns) {
			from = join(cells, i, na); size = join(cells, i + na + pna, ns)
			if (a >= from && a < from + size) break
		}
		if (i + na + pna + ns - 1 > count) return -1
		a = join(cells, i + na, pna) + a - from
	}
	return a
}
function device(node,   s, a, n) {
	s = ""
	for (n = node; n != "/"; n = parent_of(n)) {
		a = address(n)
		if (a >= 0) return text(a) "." name_of(n) (s == "" ? "" : ":" s)
		s = base_of(n) (s == "" ? "" : ":" s)
	}
	return s
}
function sysfs(node,   s) {
	s = ""
	for (; node != "/"; node = parent_of(node)) s = "/" device(node) s
	return "/devices/platform" s
}
function enabled(node) {
	for (; node != "/"; node = parent_of(node))
		if (prop[node, "status"] !~ /^("okay"|"ok"|)$/) return 0
	return 1
}
function has_device(node,   i) {
	for (i = 1; i <= count; i++)
		if (parent_of(nodes[i]) == node && (nodes[i], "compatible") in prop && enabled(nodes[i])) return 1
	return 0
}
# The number that the alias says, else the next one behind those of all aliases of the kind.
function number(kind, node,   k, a, n) {
	for (k in prop) {
		split(k, a, SUBSEP)
		if (a[1] != "/aliases" || a[2] !~ "^" kind "[0-9]+$") continue
		n = substr(a[2], length(kind) + 1) + 0
		if (!(kind in next_of) || n >= next_of[kind]) next_of[kind] = n + 1
	}
	for (k in prop) {
		split(k, a, SUBSEP)
		if (a[1] == "/aliases" && a[2] ~ "^" kind "[0-9]+$" && prop[k] == "\"" node "\"")
			return substr(a[2], length(kind) + 1) + 0
	}
	return next_of[kind]++ + 0
}
function put(path, subsystem, node, dev, major, minor) {
	print "P: " path
	if (dev != "") print "N: " dev "\nE: DEVNAME=/dev/" dev "\nE: MAJOR=" major "\nE: MINOR=" minor "\nA: dev=" major ":" minor
	if (node != "") print "E: OF_NAME=" name_of(node) "\nE: OF_FULLNAME=" node
	print "E: SUBSYSTEM=" subsystem "\n"
}
# The platform devices that it is below, each once, parents last as umockdev reads them.
function put_parents(node,   n) {
	for (n = node; n != "/"; n = parent_of(n)) {
		if (done[n]++) continue
		put(sysfs(n), prop[n, "compatible"] ~ /"?arm,primecell/ ? "amba" : "platform", n)
	}
}
function tty(node,   i, n) {
	for (i = 1; i <= tty_count; i++)
		if (prop[node, "compatible"] ~ tty_driver[i]) {
			n = number("serial", node)
			put(sysfs(node) "/tty/" tty_name[i] n, "tty", "", tty_name[i] n, tty_major[i], tty_minor[i] + n)
			put_parents(node)
			return
		}
}
function i2c(node,   n) {
	n = number("i2c", node)
	put(sysfs(node) "/i2c-" n "/i2c-dev/i2c-" n, "i2c-dev", "", "i2c-" n, 89, n)
	put(sysfs(node) "/i2c-" n, "i2c", node)
	put_parents(node)
}
function spi(node,   n, i, cells, at) {
	n = number("spi", node)
	for (i = 1; i <= count; i++) {
		if (parent_of(nodes[i]) != node || prop[nodes[i], "compatible"] == "" || !enabled(nodes[i])) continue
		split_cells(prop[nodes[i], "reg"], cells)
		at = sysfs(node) "/spi_master/spi" n "/spi" n "." hex(cells[1])
		if (prop[nodes[i], "compatible"] ~ spidev)
			put(at "/spidev/spidev" n "." hex(cells[1]), "spidev", "", "spidev" n "." hex(cells[1]), 153, minors++)
		put(at, "spi", nodes[i])
	}
	put(sysfs(node) "/spi_master/spi" n, "spi_master", node)
	put_parents(node)
}
function gpio(node,   n) {
	n = chips++
	put(sysfs(node) "/gpiochip" n, "gpio", node, "gpiochip" n, 254, n)
	put_parents(node)
}
function on_platform(node,   p) {
	for (p = parent_of(node); p != "/"; p = parent_of(p))
		if (name_of(p) ~ /^(i2c|spi|usb|pcie|mmc|serial)$/ || !((p, "compatible") in prop)) return 0
	return 1
}
BEGIN {
	depth = 0
	tty_count = split("arm,pl011 amlogic,meson.*uart snps,dw-apb-uart|ns16550|ns16450|-uart\"|bcm2835-aux-uart", tty_driver, " ")
	split("ttyAMA ttyAML ttyS", tty_name, " "); split("204 204 4", tty_major, " "); split("64 40 64", tty_minor, " ")
	spidev = "rohm,dh2228fv|lineartechnology,ltc2488|semtech,sx1301|lwn,bk4|micron,spi-authenta"
}
/\{$/ {
	line = $0; sub(/^[\t ]*/, "", line); sub(/ *\{$/, "", line); sub(/^.*: /, "", line)
	at[++depth] = depth == 1 ? "/" : (at[depth - 1] == "/" ? "/" : at[depth - 1] "/") line
	if (depth > 1) nodes[++count] = at[depth]
	next
}
/^[\t ]*\};/ { depth--; next }
depth && /;$/ {
	line = $0; sub(/^[\t ]*/, "", line); sub(/;$/, "", line)
	name = line; sub(/ =.*/, "", name)
	value = ""
	if (line ~ / = /) { value = line; sub(/^[^=]* = /, "", value) }
	prop[at[depth], name] = value
}
END {
	for (k = 1; k <= count; k++) {
		node = nodes[k]
		if (!enabled(node) || !((node, "compatible") in prop) || !on_platform(node)) continue
		if (name_of(node) == "serial" && !has_device(node)) tty(node)
		if (name_of(node) == "i2c") i2c(node)
		if (name_of(node) == "spi") spi(node)
		if ((node, "gpio-controller") in prop) gpio(node)
	}
}
