# SPDX-License-Identifier: Apache-2.0
# Which devices udev rules match, for tests/check-corpus-iface-specs.

def terms: [scan("([A-Z]+)(?:\\{([^}]*)\\})?(==|!=)\"([^\"]*)\"") | {key: .[0], arg: .[1], op: .[2], value: .[3]}];

# A pattern of udev as an expression.
def pattern: "^(" + (gsub("(?<c>[.+^$(){}\\\\])"; "\\\(.c)") | gsub("\\[!"; "[^") |
	gsub("\\*"; ".*") | gsub("\\?"; ".")) + ")$";
def names($values; $value): ($value | pattern) as $p | $values | any(test($p));

def holds($d): . as $t |
	(if .key == "KERNEL" then names([$d.name]; .value)
	 elif .key == "SUBSYSTEM" then names([$d.subsystem]; .value)
	 elif .key == "SUBSYSTEMS" then names([$d.subsystem] + $d.parents; .value)
	 elif .key == "ENV" then names([$d.env[.arg] // ""]; .value)
	 elif .key == "ATTR" or .key == "ATTRS" then
		$d.attrs[.arg] as $v | $v != null and names([$v]; $t.value)
	 else true end) | if $t.op == "!=" then not else . end;
def matched($d): any(all(holds($d)));

# Some names that a pattern is for.
def samples: split("|")[] |
	(., gsub("\\[0-9\\]\\*"; "17")) |
	gsub("\\[0-9\\]\\*?"; "0") | gsub("\\[[hsv]+\\]"; "s") | gsub("\\[a-zA-Z\\]\\*"; "USB") |
	gsub("\\[a-z\\]\\*"; "a") | gsub("\\[cp\\]"; "p") | gsub("[*?]"; "0");

def rows: split("\n") | map(select(. != "") | split(" ") | {subsystem: .[0], names: "^(\(.[1]))$",
	samples: (.[2] | split(",")), env: (.[3] // "" | split(";") | map(split("=") | {(.[0]): .[1]}) | add // {})});

# What a rule asks of a device beyond its name and subsystem.
def wants: map(select(.op == "==")) | {
	parents: map(select(.key == "SUBSYSTEMS").value),
	env: (map(select(.key == "ENV") | {(.arg): .value}) | add // {}),
	attrs: (map(select(.key == "ATTR" or .key == "ATTRS") | {(.arg): .value}) | add // {})};

def universe($rows; $rules): ([$rules[][] | select(.key == "KERNEL").value | samples] | unique) as $named |
	([$rules[] | wants] + [{parents: [], env: {}, attrs: {}}] | unique) as $kinds |
	[$rows[] | . as $r | (.samples + ($named | map(select(test($r.names)))) | unique)[] as $name |
		$kinds[] | {subsystem: $r.subsystem, name: $name, parents: .parents, attrs: .attrs,
			env: (.env + $r.env)} | select(.env.DEVNAME == null or .env.DEVNAME == "/dev/" + .name)] | unique;

($reasons | split("\n") | map(select(. != ""))) as $reasons | ($table | rows) as $rows |
($fewer | split("\n") | map(select(. != "") | split("\t"))) as $fewer |
range($known | length) | $known[.] as $w | $done[.] as $g |
"\($w.interface) \($w.of) \(.)" as $id |
# Rules that go by what other rules did are another program; every app has /dev/full.
([$w.rules[] | select(startswith("TAG==") or contains("GOTO") | not) | select(contains("TAG+=")) |
	terms | select(any(.key == "TAG" or .value == "full") | not)]) as $theirs |
([$g.ours // [] | .[] | terms]) as $ours |
if $g.ok | not then {id: $id, ok: false,
	bad: (if $g.error as $e | $reasons | any(. as $r | $e | test($r)) then null else "refused: \($g.error)" end)}
elif $theirs == [] then {id: $id, ok: true}
else
	(universe($rows; $theirs + $ours)) as $all |
	($all | map(select(. as $d | $ours | matched($d)))) as $got |
	($all | map(select(. as $d | $theirs | matched($d)))) as $want |
	([($got - $want)[] | "\(.subsystem)/\(.name)"] | unique) as $more |
	([($want - $got)[] | "\(.subsystem)/\(.name)"] | unique) as $less |
	($less | map(select(. as $n | $fewer | any(.[0] == $w.interface and (.[1] as $p | $n | test($p))) | not))) as $unmeant |
	{id: $id, ok: true, compared: true, fewer: ($less != []),
	 bad: (if $want == [] and $got == [] then "no device of tests/udev-devices is meant"
		elif $more != [] then "matches more: \($more | join(" "))"
		elif $unmeant != [] then "matches fewer: \($unmeant | join(" "))"
		else null end)}
end
