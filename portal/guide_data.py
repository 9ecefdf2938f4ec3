"""How to turn the private WiFi address off and where to read the device's own, for five systems, as data.

In a step, *stars* set a name as the screen shows it and `backticks` what is typed. The menu names are ours, put
together from the makers' help pages: a system's `checked` is False until somebody has walked its steps on a real
device in that language. Makers rename menus; walk them again when somebody gets lost, and correct them here.
"""

from __future__ import annotations

from dataclasses import dataclass

from portal.screens import Row, Said, Screen

OWN = Said("a4:83:e7:11:22:33")
WIFI = Said("Wi-Fi")
NETWORK = Said("Ayuntamiento", "Town hall")
SETTINGS = Said("Ajustes", "Settings")
PRIVATE = Said("Dirección Wi-Fi privada", "Private Wi-Fi address")
RANDOM_HARDWARE = Said("Direcciones de hardware aleatorias", "Random hardware addresses")
OFF, OFF_SHE = Said("Desactivado", "Off"), Said("Desactivada", "Off")


@dataclass(frozen=True, slots=True)
class Step:
    text: Said
    screen: Screen


@dataclass(frozen=True, slots=True)
class System:
    """One system: how to turn its private address `off`, where to read its `own`, and what else helps there."""

    code: str
    name: Said
    off: tuple[Step, ...]
    own: tuple[Step, ...]
    note_off: Said
    note_own: Said
    checked: bool = False  # walked on a real device, in both languages


def _phone(title: Said, *rows: Row) -> Screen:
    return Screen("phone", title, rows)


def _window(title: Said, *rows: Row) -> Screen:
    return Screen("window", title, rows)


def _terminal(*rows: Row) -> Screen:
    return Screen("terminal", Said("Terminal"), rows)


IPHONE = System(
    "iphone",
    Said("iPhone y iPad", "iPhone and iPad"),
    off=(
        Step(
            Said("Abra *Ajustes* (o *Configuración*) y toque *Wi-Fi*.", "Open *Settings* and tap *Wi-Fi*."),
            _phone(
                SETTINGS,
                Row(Said("Modo de vuelo", "Airplane mode"), mark="off"),
                Row(WIFI, NETWORK, "more", lit=True),
                Row(Said("Bluetooth"), mark="more"),
            ),
        ),
        Step(
            Said(
                "Junto a la red del Ayuntamiento, toque la *i* dentro de un círculo.",
                "Beside the town hall's network, tap the *i* in a circle.",
            ),
            _phone(
                WIFI,
                Row(WIFI, mark="on"),
                Row(NETWORK, mark="info", lit=True),
                Row(Said("Otra red", "Another network"), mark="info"),
            ),
        ),
        Step(
            Said("Toque *Dirección Wi-Fi privada*.", "Tap *Private Wi-Fi address*."),
            _phone(
                NETWORK,
                Row(Said("Conexión automática", "Auto-join"), mark="on"),
                Row(PRIVATE, Said("Rotativa", "Rotating"), "more", lit=True),
            ),
        ),
        Step(
            Said("Elija *Desactivada* y confirme.", "Choose *Off* and confirm."),
            _phone(
                PRIVATE,
                Row(OFF_SHE, mark="chosen", lit=True),
                Row(Said("Fija", "Fixed"), mark="open"),
                Row(Said("Rotativa", "Rotating"), mark="open"),
            ),
        ),
    ),
    own=(
        Step(
            Said("Vuelva a *Ajustes* y toque *General*.", "Go back to *Settings* and tap *General*."),
            _phone(
                SETTINGS,
                Row(Said("Notificaciones", "Notifications"), mark="more"),
                Row(Said("General"), mark="more", lit=True),
                Row(Said("Accesibilidad", "Accessibility"), mark="more"),
            ),
        ),
        Step(
            Said("Toque *Información*.", "Tap *About*."),
            _phone(
                Said("General"),
                Row(Said("Información", "About"), mark="more", lit=True),
                Row(Said("Actualización de software", "Software update"), mark="more"),
            ),
        ),
        Step(
            Said(
                "Baje hasta *Dirección Wi-Fi* y copie sus doce caracteres.",
                "Scroll down to *Wi-Fi address* and copy its twelve characters.",
            ),
            _phone(
                Said("Información", "About"),
                Row(Said("Dirección Wi-Fi", "Wi-Fi address"), OWN, lit=True),
                Row(Said("Bluetooth"), Said("a4:83:e7:11:22:34")),
            ),
        ),
    ),
    note_off=Said(
        "En las versiones anteriores *Dirección Wi-Fi privada* es un interruptor: apáguelo.",
        "In earlier versions *Private Wi-Fi address* is a switch: turn it off.",
    ),
    note_own=Said(
        "No copie la que aparece al tocar la *i* de la red: ésa puede ser la privada.",
        "Do not copy the one behind the network's *i*: it may be the private one.",
    ),
)

ANDROID = System(
    "android",
    Said("Android"),
    off=(
        Step(
            Said(
                "Abra *Ajustes* (o *Configuración*) y toque *Wi-Fi*; puede estar en *Redes* o *Conexiones*.",
                "Open *Settings* and tap *Wi-Fi*; it may be under *Network* or *Connections*.",
            ),
            _phone(
                SETTINGS,
                Row(WIFI, NETWORK, "more", lit=True),
                Row(Said("Bluetooth"), mark="more"),
                Row(Said("Pantalla", "Display"), mark="more"),
            ),
        ),
        Step(
            Said(
                "Toque la red del Ayuntamiento o el engrane que está a su lado.",
                "Tap the town hall's network, or the cogwheel beside it.",
            ),
            _phone(
                WIFI,
                Row(WIFI, mark="on"),
                Row(NETWORK, mark="gear", lit=True),
                Row(Said("Otra red", "Another network"), mark="gear"),
            ),
        ),
        Step(
            Said(
                "Toque *Privacidad* (en algunas marcas, *Tipo de dirección MAC*).",
                "Tap *Privacy* (on some makes, *MAC address type*).",
            ),
            _phone(
                NETWORK,
                Row(Said("Privacidad", "Privacy"), Said("Usar MAC aleatoria", "Use randomized MAC"), "more", lit=True),
                Row(Said("Conectar automáticamente", "Auto-connect"), mark="on"),
            ),
        ),
        Step(
            Said(
                "Elija *Usar MAC del dispositivo* y vuelva a conectarse.", "Choose *Use device MAC* and connect again."
            ),
            _phone(
                Said("Privacidad", "Privacy"),
                Row(Said("Usar MAC aleatoria", "Use randomized MAC"), mark="open"),
                Row(Said("Usar MAC del dispositivo", "Use device MAC"), mark="chosen", lit=True),
            ),
        ),
    ),
    own=(
        Step(
            Said(
                "En *Ajustes*, baje hasta *Acerca del teléfono* y tóquelo.",
                "In *Settings*, scroll down to *About phone* and tap it.",
            ),
            _phone(
                SETTINGS,
                Row(Said("Sistema", "System"), mark="more"),
                Row(Said("Acerca del teléfono", "About phone"), mark="more", lit=True),
            ),
        ),
        Step(
            Said("Toque *Estado*, si aparece.", "Tap *Status*, if it is there."),
            _phone(
                Said("Acerca del teléfono", "About phone"),
                Row(Said("Modelo", "Model"), mark="more"),
                Row(Said("Estado", "Status"), mark="more", lit=True),
            ),
        ),
        Step(
            Said(
                "Busque *Dirección MAC de Wi-Fi del dispositivo* y copie sus doce caracteres.",
                "Find *Device Wi-Fi MAC address* and copy its twelve characters.",
            ),
            _phone(
                Said("Estado", "Status"),
                Row(
                    Said("Dirección MAC de Wi-Fi del dispositivo", "Device Wi-Fi MAC address"),
                    OWN,
                    lit=True,
                ),
                Row(Said("Bluetooth"), Said("a4:83:e7:11:22:34")),
            ),
        ),
    ),
    note_off=Said(
        "Los nombres cambian un poco según la marca del teléfono.",
        "The names differ a little from one make of phone to another.",
    ),
    note_own=Said(
        "En *Ajustes* hay arriba una lupa: escriba `MAC` y la encuentra más rápido.",
        "*Settings* has a magnifying glass at the top: type `MAC` to get there faster.",
    ),
)

WINDOWS = System(
    "windows",
    Said("Windows"),
    off=(
        Step(
            Said(
                "Abra *Configuración*, *Red e Internet*, y entre a *Wi-Fi*.",
                "Open *Settings*, *Network & internet*, and go to *Wi-Fi*.",
            ),
            _window(
                Said("Red e Internet", "Network & internet"),
                Row(WIFI, Said("Conectado", "Connected"), "more", lit=True),
                Row(Said("Ethernet"), mark="more"),
                Row(Said("VPN"), mark="more"),
            ),
        ),
        Step(
            Said(
                "Conectado a la red del Ayuntamiento, entre a sus *Propiedades*.",
                "While connected to the town hall's network, open its *Properties*.",
            ),
            _window(
                WIFI,
                Row(WIFI, mark="on"),
                Row(
                    Said("Propiedades de Ayuntamiento", "Town hall properties"),
                    mark="more",
                    lit=True,
                ),
            ),
        ),
        Step(
            Said(
                "En *Direcciones de hardware aleatorias* elija *Desactivado*.",
                "Set *Random hardware addresses* to *Off*.",
            ),
            _window(
                NETWORK,
                Row(Said("Conectar automáticamente", "Connect automatically"), mark="on"),
                Row(RANDOM_HARDWARE, OFF, "off", lit=True),
            ),
        ),
    ),
    own=(
        Step(
            Said(
                "En esa misma pantalla, baje hasta *Dirección física (MAC)* y cópiela.",
                "On that same screen, scroll down to *Physical address (MAC)* and copy it.",
            ),
            _window(
                NETWORK,
                Row(Said("Fabricante", "Manufacturer")),
                Row(
                    Said("Dirección física (MAC)", "Physical address (MAC)"),
                    Said("a4-83-e7-11-22-33"),
                    lit=True,
                ),
            ),
        ),
        Step(
            Said(
                "O bien, abra *Símbolo del sistema*, escriba `getmac /v` y lea el renglón *Wi-Fi*.",
                "Or open *Command Prompt*, type `getmac /v` and read the line *Wi-Fi*.",
            ),
            Screen(
                "terminal",
                Said("Símbolo del sistema", "Command Prompt"),
                (
                    Row(Said("> getmac /v"), lit=True),
                    Row(Said("Ethernet    a4-83-e7-11-22-34")),
                    Row(Said("Wi-Fi       a4-83-e7-11-22-33"), lit=True),
                ),
            ),
        ),
    ),
    note_off=Said(
        "La pantalla *Wi-Fi* tiene la misma opción para todas las redes: si está activada, avise a Informática antes "
        "de cambiarla.",
        "The *Wi-Fi* screen has the same option for all networks: if it is on, tell IT before you change it.",
    ),
    note_own=Said(
        "Primero haga la parte A y vuelva a conectarse; antes puede aparecer la privada.",
        "Do part A first and connect again; before that, the private one may be shown.",
    ),
)

MAC = System(
    "mac",
    Said("Mac"),
    off=(
        Step(
            Said(
                "En el menú de la esquina abra *Ajustes del Sistema* (o *Configuración*) y elija *Wi-Fi*.",
                "From the menu in the corner open *System Settings* and choose *Wi-Fi*.",
            ),
            _window(
                Said("Ajustes del Sistema", "System Settings"),
                Row(WIFI, mark="more", lit=True),
                Row(Said("Bluetooth"), mark="more"),
                Row(Said("Red", "Network"), mark="more"),
            ),
        ),
        Step(
            Said(
                "Junto a la red del Ayuntamiento, pulse *Detalles*.",
                "Beside the town hall's network, press *Details*.",
            ),
            _window(
                WIFI,
                Row(WIFI, mark="on"),
                Row(NETWORK, Said("Detalles…", "Details…"), "button", lit=True),
            ),
        ),
        Step(
            Said(
                "En *Dirección Wi-Fi privada* elija *Desactivada* y acepte.",
                "Set *Private Wi-Fi address* to *Off* and confirm.",
            ),
            _window(
                NETWORK,
                Row(Said("Conexión automática", "Auto-join"), mark="on"),
                Row(PRIVATE, OFF_SHE, "more", lit=True),
            ),
        ),
    ),
    own=(
        Step(
            Said("En *Ajustes del Sistema* elija *Red* y *Wi-Fi*.", "In *System Settings* choose *Network*, *Wi-Fi*."),
            _window(
                Said("Red", "Network"),
                Row(WIFI, Said("Conectado", "Connected"), "more", lit=True),
                Row(Said("Ethernet"), mark="more"),
            ),
        ),
        Step(
            Said(
                "Pulse *Detalles*, elija *Hardware* y copie la *Dirección MAC*.",
                "Press *Details*, choose *Hardware* and copy the *MAC address*.",
            ),
            _window(
                Said("Hardware"),
                Row(Said("Dirección MAC", "MAC address"), OWN, lit=True),
                Row(Said("Configurar", "Configure"), Said("Automático", "Automatically")),
            ),
        ),
    ),
    note_off=Said(
        "En las versiones anteriores es un interruptor, y en las más antiguas no existe.",
        "In earlier versions it is a switch, and in the oldest there is none.",
    ),
    note_own=Said(
        "La palabra Mac, de la computadora, y MAC, de la dirección, no tienen que ver.",
        "Mac, the computer, and MAC, the address, have nothing to do with each other.",
    ),
)

LINUX = System(
    "linux",
    Said("Linux"),
    off=(
        Step(
            Said(
                "Abra una terminal, escriba `nmcli connection show` y busque el nombre de la red.",
                "Open a terminal, type `nmcli connection show` and find the network's name.",
            ),
            _terminal(
                Row(Said("$ nmcli connection show"), lit=True),
                Row(Said("NAME           TYPE", "NAME           TYPE")),
                Row(Said("Ayuntamiento   wifi", "Town hall      wifi")),
            ),
        ),
        Step(
            Said(
                'Con ese nombre escriba `nmcli connection modify "Ayuntamiento" wifi.cloned-mac-address permanent`.',
                'With that name type `nmcli connection modify "Town hall" wifi.cloned-mac-address permanent`.',
            ),
            _terminal(
                Row(Said("$ nmcli connection modify \\"), lit=True),
                Row(Said('  "Ayuntamiento" \\', '  "Town hall" \\'), lit=True),
                Row(Said("  wifi.cloned-mac-address \\"), lit=True),
                Row(Said("  permanent"), lit=True),
            ),
        ),
        Step(
            Said(
                'Vuelva a conectarse: `nmcli connection up "Ayuntamiento"`.',
                'Connect again: `nmcli connection up "Town hall"`.',
            ),
            _terminal(
                Row(Said("$ nmcli connection up \\"), lit=True),
                Row(Said('  "Ayuntamiento"', '  "Town hall"'), lit=True),
            ),
        ),
    ),
    own=(
        Step(
            Said(
                "Escriba `ip link` y copie lo que sigue a *link/ether* bajo la interfaz que empieza con *wl*.",
                "Type `ip link` and copy what follows *link/ether* below the interface that starts with *wl*.",
            ),
            _terminal(
                Row(Said("$ ip link"), lit=True),
                Row(Said("3: wlp2s0: mtu 1500 state UP")),
                Row(Said("   link/ether a4:83:e7:11:22:33"), lit=True),
            ),
        ),
    ),
    note_off=Said(
        "Estas órdenes son de NetworkManager, que traen casi todas las distribuciones.",
        "These commands are NetworkManager's, which nearly every distribution has.",
    ),
    note_own=Said(
        "Si en ese renglón aparece además *permaddr*, la del equipo es la que le sigue.",
        "If that line also has *permaddr*, the device's own is the one after it.",
    ),
)

SYSTEMS = {one.code: one for one in (IPHONE, ANDROID, WINDOWS, MAC, LINUX)}
