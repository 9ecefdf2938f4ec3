"""How the makes that have a prompt look and behave, as far as a change of the list goes; taken from tests/profiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

YES = "y"


@dataclass(frozen=True, kw_only=True)
class Make:
    """One make. `does` says what a line brings about at the prompt of a mode: effects of `prompts.Prompt`."""

    prompts: Mapping[str, str]
    row: str
    does: Mapping[tuple[str | None, str], str] = field(default_factory=dict)
    keys: Mapping[tuple[str, str], str] = field(default_factory=dict)
    changes_at: str = ""
    looks_at: str | None = ""
    banner: str = "\n"
    head: str = ""
    tail: str = ""
    count: str = ""
    armed: str = ""
    unarmed: str = ""
    nothing_armed: str = ""
    complains: str
    # Its prompt for a login that may only look, where no other one tells.
    powerless: str = ""
    # Before which effect the device asks what, and the keys that mean yes.
    asks: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    pager: str = ""


MAKES = {
    "aruba-instant": Make(
        prompts={"": "IAP-torre# ", "config": "IAP-torre (config) # "},
        changes_at="config",
        head="version 8.6.0.0-8.6.0\nmgmt-user admin 5e884898da28047151d0\nuser guest1 9b74c9897bac radius\n",
        row="user {mac} 0f1e2d3c4b5a radius\n",
        tail="wlan ssid-profile municipio\n mac-authentication\n enable\n",
        does={
            ("", "configure terminal"): "enter config, draft",
            ("config", "end"): "enter ",
            ("", "commit apply no-save"): "commit",
            ("", "commit revert"): "drop",
            ("", "write memory"): "save",
        },
        complains="% Parse error",
        pager="--More-- (q) quit",
    ),
    "aruba-os": Make(
        prompts={"": "(aruba-7010) [mynode] #"},
        powerless="(aruba-7010) [mynode] >",
        head="\nUser Summary\n------------\nName          Password  Role\n----          --------  ----\n",
        row="{mac}  ********  netreg            Yes              Active\n",
        tail="\nUser Entries: 9\n",
        complains="% Invalid input",
        pager="--More-- (q) quit",
    ),
    "cisco-aireos": Make(
        prompts={"": "(Cisco Controller) >"},
        head="MAC Filter Delimiter............................. None\n\nMAC Address      WLAN Id      Description\n",
        row="{mac}         1                {label}\n",
        does={("", "save config"): "save"},
        asks={"save": ("\nAre you sure you want to save? (y/n) ", YES)},
        complains="Incorrect usage.  Use the '?' or <TAB> key to list commands.",
        pager="Would you like to display the next 15 entries? (y/n) ",
    ),
    "cisco-ios-xe-9800": Make(
        prompts={"": "WLC-9800#", "config": "WLC-9800(config)#"},
        changes_at="config",
        row="username {mac} mac description {label}\n",
        count="Number of lines which match regexp = {}\n",
        armed="Time configured(in minutes) : 5\nTimer type: absolute timer\nTimer value: 299 seconds\nUser: netreg\n",
        unarmed="%No Rollback Confirmed Change pending\n",
        nothing_armed="%No Rollback Confirmed Change pending\n",
        does={
            ("", "configure terminal revert timer $minutes"): "enter config, arm",
            ("config", "end"): "enter ",
            ("", "configure confirm"): "confirm",
            ("", "configure revert now"): "revert",
            ("", "write memory"): "save",
        },
        asks={"take": ("This operation will remove all username related configurations.[confirm]", "\n")},
        complains="% Invalid input detected at '^' marker.",
        pager=" --More-- ",
    ),
    "fortinet-fortios": Make(
        prompts={"": "FGT-100F # ", "address": "FGT-100F (address) # ", "object": "FGT-100F (netreg) # "},
        changes_at="object",
        head='config firewall address\n    edit "netreg"\n\tset type mac\n\tset macaddr "02:00:00:00:00:00"',
        row=' "{mac}"',
        tail='\n        set comment "kept by netreg"\n    next\nend\n\n',
        does={
            ("", "execute config-transaction start $minutes"): "draft",
            ("", "config firewall address"): "enter address",
            ("address", "edit $object"): "enter object",
            ("object", "next"): "enter address",
            ("object", "abort"): "enter ",
            ("address", "abort"): "enter ",
            ("address", "end"): "enter ",
            ("", "execute config-transaction commit"): "commit",
            ("", "execute config-transaction abort"): "drop",
        },
        complains="Command fail. Return code -4",
        pager="--More-- ",
    ),
    "huawei-ac": Make(
        prompts={
            "": "<AC6605>",
            "system": "[AC6605]",
            "wlan": "[AC6605-wlan-view]",
            "list": "[AC6605-wlan-whitelist-prof-netreg]",
            "aaa": "[AC6605-aaa]",
        },
        changes_at="list",
        head="--------------------------------------------------\nIndex  MAC                 Description\n",
        row="{at}      {mac}      {label}\n",
        tail="--------------------------------------------------\n",
        does={
            ("", "system-view"): "enter system",
            ("system", "wlan"): "enter wlan",
            ("system", "aaa"): "enter aaa",
            ("wlan", "sta-whitelist-profile name $profile"): "enter list",
            (None, "return"): "enter ",
            ("", "save"): "save",
        },
        asks={"save": ("The configuration will be written to the device.\nAre you sure to continue?[Y/N]", "y\r")},
        complains="Error: Unrecognized command found at '^' position.",
        pager="  ---- More ----",
    ),
    "juniper-junos": Make(
        prompts={"": "\n{master:0}\nnetreg@ex2300> ", "config": "\n{master:0}[edit]\nnetreg@ex2300# "},
        changes_at="config",
        banner="--- JUNOS 21.4R3 Kernel 64-bit",
        row="set groups netreg protocols dot1x authenticator static {mac}/48\n",
        tail="set apply-groups netreg\n",
        count="Count: {} lines\n",
        armed="0   {year}-11-21 10:00:02 CST by netreg via cli commit confirmed, rollback in 5mins\n"
        "    netreg\n    rollback pending\n0   2026-11-20 09:12:44 CST by admin via cli\n",
        unarmed="0   {year}-11-20 09:12:44 CST by admin via cli\n",
        does={
            ("", "configure exclusive"): "enter config, draft",
            ("config", "commit check"): "",
            ("config", "commit confirmed $minutes comment netreg"): "arm, commit",
            ("config", "commit comment netreg"): "commit, confirm",
            ("config", "rollback 1"): "rollback",
            ("config", "rollback 0"): "draft",
            ("config", "exit"): "drop, enter ",
        },
        complains="error: syntax error",
        pager="---(more)---",
    ),
    "mikrotik-routeros": Make(
        prompts={"": "[netreg@torre] > ", "safe": "[netreg@torre] <SAFE> > "},
        changes_at="safe",
        looks_at=None,
        row="{mac} accept false {label}\n",
        count="entries: {}\n",
        armed="Flags: U - UNDOABLE, F - FLOATING-UNDO\nF wifi access list changed  netreg  write\n",
        unarmed="Flags: U - UNDOABLE, F - FLOATING-UNDO\nU wifi access list changed  admin  write\n",
        keys={("", "\x18"): "enter safe, arm session", ("safe", "\x18"): "enter , confirm", ("safe", "\x04"): "hangup"},
        complains="syntax error (line 1 column 7)",
        pager="",
    ),
    "ubiquiti-edgeos": Make(
        prompts={"": "netreg@edge:~$ ", "config": "[edit]\nnetreg@edge# "},
        changes_at="config",
        head="default-action drop\n",
        row="rule {slot}  action accept  description {label}  source mac-address '{mac}'\n",
        count="{}\n",
        does={
            ("", "configure"): "enter config, draft",
            ("config", "commit"): "commit",
            ("config", "save"): "save",
            ("config", "exit"): "drop, enter ",
            ("config", "exit discard"): "drop, enter ",
        },
        complains="Set failed",
        pager="",
    ),
    "vyos": Make(
        prompts={"": "netreg@fw:~$ ", "config": "[edit]\nnetreg@fw# "},
        changes_at="config",
        head="set firewall group mac-group netreg description 'netreg'\n",
        row="set firewall group mac-group netreg mac-address '{mac}'\n",
        count="{}\n",
        armed="|1732230000|netreg|cli|netreg|\n",
        unarmed="cat: /tmp/commit-rev-entry: No such file or directory\n",
        nothing_armed="No confirm pending\n",
        does={
            ("", "configure"): "enter config, draft",
            ("config", "commit-confirm $minutes comment netreg"): "arm, commit",
            ("config", "confirm"): "confirm",
            ("config", "rollback-soft 0"): "rollback",
            ("config", "commit"): "commit",
            ("config", "save"): "save",
            ("config", "exit"): "drop, enter ",
            ("config", "exit discard"): "drop, enter ",
        },
        asks={
            "arm": (
                "\ncommit-confirm will automatically reload previous config in 5 minutes\n"
                "unless changes are confirmed.\nProceed ? [Y/n] ",
                "y\n",
            )
        },
        complains="Set failed",
        pager="",
    ),
}
