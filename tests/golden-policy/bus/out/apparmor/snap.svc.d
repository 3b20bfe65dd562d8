profile "snap.svc.d" flags=(mediate_deleted) {
  /run/dbus/system_bus_socket rw, # dbus.yaml:33 slot bus (dbus)
  dbus (send) bus=system path=/org/freedesktop/DBus interface=org.freedesktop.DBus member={Hello,RequestName,ReleaseName,AddMatch,RemoveMatch,GetNameOwner,NameHasOwner,StartServiceByName} peer=(name=org.freedesktop.DBus,label=unconfined), # dbus.yaml:34 slot bus (dbus)
  dbus (send) bus=system path=/org/freedesktop/DBus interface=org.freedesktop.DBus member=GetConnection{Credentials,UnixProcessID,UnixUser} peer=(name=org.freedesktop.DBus,label=unconfined), # dbus.yaml:35 slot bus (dbus)
  dbus (bind) bus=system name=com.v.S, # dbus.yaml:36 slot bus (dbus)
  dbus (send, receive) bus=system interface=com.v.S{,.*} peer=(label=snap.cli.a), # dbus.yaml:40 bus:bus (dbus)
  dbus (send, receive) bus=system path=/com/v/S{,/**} peer=(label=snap.cli.a), # dbus.yaml:41 bus:bus (dbus)
}
