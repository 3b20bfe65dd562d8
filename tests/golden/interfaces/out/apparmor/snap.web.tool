profile "snap.web.tool" flags=(mediate_deleted) {
  / r, # default.apparmor:11 template
  /{,usr/}{bin,sbin}/{,**} mrix, # default.apparmor:12 template
  /{,usr/}{lib,lib32,lib64,libexec}/{,**} mrix, # default.apparmor:13 template
  /usr/{local,share}/{,**} mrix, # default.apparmor:14 template
  audit deny /usr/lib/bulkhead/{,**} mrwklx, # default.apparmor:16 template
  audit deny /lib/bulkhead/{,**} mrwklx, # default.apparmor:17 template
  /etc/{passwd,group,nsswitch.conf,host.conf,hostname,os-release,machine-id,mime.types} r, # default.apparmor:20 template
  /etc/{localtime,timezone,locale.alias,locale.conf,ld.so.cache,ld.so.preload,ld.so.conf} r, # default.apparmor:21 template
  /etc/ld.so.conf.d/{,*.conf} r, # default.apparmor:22 template
  /etc/ssl/{openssl.cnf,certs/{,**}} r, # default.apparmor:23 template
  /etc/{profile,inputrc,bash.bashrc} r, # default.apparmor:24 template
  /snap/web/x1/{,**} mrix, # default.apparmor:27 template
  /var/snap/web/{,x1/,common/} rk, # default.apparmor:29 template
  /var/snap/web/x1/** mrwlkix, # default.apparmor:30 template
  /var/snap/web/common/** mrwlkix, # default.apparmor:31 template
  /run/snap.web/{,**} mrwlk, # default.apparmor:32 template
  /tmp/{,**} mrwlk, # default.apparmor:39 template
  /dev/shm/snap.web.** mrwk, # default.apparmor:43 template
  /dev/{null,zero,full} rw, # default.apparmor:46 template
  /dev/{random,urandom} rw, # default.apparmor:47 template
  /dev/{tty,ptmx} rw, # default.apparmor:48 template
  /dev/pts/ r, # default.apparmor:49 template
  /dev/pts/{ptmx,[0-9]*} rw, # default.apparmor:50 template
  /proc/[0-9]*/{maps,auxv} r, # default.apparmor:54 template
  /proc/[0-9]*/fd/ r, # default.apparmor:55 template
  /proc/[0-9]*/{,task/[0-9]*/}comm w, # default.apparmor:56 template
  /proc/[0-9]*/task/ r, # default.apparmor:57 template
  /proc/{cpuinfo,meminfo,stat,uptime,loadavg,filesystems,version} r, # default.apparmor:60 template
  /proc/sys/kernel/{osrelease,ostype,version,hostname,cap_last_cap,ngroups_max,pid_max} r, # default.apparmor:61 template
  /proc/sys/kernel/random/{uuid,boot_id} r, # default.apparmor:62 template
  /proc/sys/vm/overcommit_memory r, # default.apparmor:63 template
  /sys/devices/system/cpu/{online,possible,present,kernel_max} r, # default.apparmor:64 template
  /sys/devices/system/node/{,online,possible} r, # default.apparmor:65 template
  /sys/kernel/mm/transparent_hugepage/{enabled,hpage_pmd_size} r, # default.apparmor:66 template
  signal (send, receive) peer=snap.web.tool, # default.apparmor:69 template
  signal (receive) peer=unconfined, # default.apparmor:70 template
  ptrace (read, readby) peer=snap.web.tool, # default.apparmor:71 template
  unix (create, bind, listen, accept, getattr, setattr, getopt, setopt, shutdown), # default.apparmor:75 template
  unix (connect, send, receive) peer=(label=snap.web.tool), # default.apparmor:76 template
  /dev/shm/meter-ro mrwk, # shared-memory.yaml:41 meter:meter (shared-memory)
  /dev/shm/meter-rw* mrwk, # shared-memory.yaml:42 meter:meter (shared-memory)
}
