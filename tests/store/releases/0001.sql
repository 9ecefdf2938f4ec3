BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE alert (
	id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	mac TEXT NOT NULL, 
	vendor TEXT NOT NULL, 
	place TEXT NOT NULL, 
	explanation TEXT NOT NULL, 
	explanation_en TEXT NOT NULL, 
	evidence JSON NOT NULL, 
	sources JSON NOT NULL, 
	urgent BOOLEAN NOT NULL, 
	state TEXT NOT NULL, 
	first_seen DATETIME NOT NULL, 
	last_seen DATETIME NOT NULL, 
	count INTEGER NOT NULL, 
	opened DATETIME NOT NULL, 
	snoozed_until DATETIME, 
	handled_by TEXT NOT NULL, 
	assigned_to TEXT NOT NULL, 
	decision TEXT NOT NULL, 
	told DATETIME, 
	CONSTRAINT pk_alert PRIMARY KEY (id), 
	CONSTRAINT ck_alert_state CHECK (state IN ('open', 'acknowledged', 'snoozed', 'closed')), 
	CONSTRAINT ck_alert_decision CHECK (decision IN ('', 'registered', 'infrastructure', 'ignored', 'blocked', 'harmless'))
);
CREATE TABLE api_token (
	id INTEGER NOT NULL, 
	prefix TEXT NOT NULL, 
	sha256 TEXT NOT NULL, 
	name TEXT NOT NULL, 
	person_id INTEGER NOT NULL, 
	scopes JSON NOT NULL, 
	made DATETIME NOT NULL, 
	made_by TEXT NOT NULL, 
	expires DATETIME NOT NULL, 
	revoked DATETIME, 
	last_used DATETIME, 
	CONSTRAINT pk_api_token PRIMARY KEY (id), 
	CONSTRAINT fk_api_token_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT uq_api_token_prefix UNIQUE (prefix)
);
CREATE TABLE area (
	id INTEGER NOT NULL, 
	words TEXT NOT NULL, 
	code TEXT NOT NULL, 
	name TEXT NOT NULL, 
	quota_unit_id INTEGER NOT NULL, 
	site TEXT NOT NULL, 
	created DATETIME NOT NULL, 
	closed DATE, 
	successor_id INTEGER, 
	CONSTRAINT pk_area PRIMARY KEY (id), 
	CONSTRAINT fk_area_quota_unit_id_quota_unit FOREIGN KEY(quota_unit_id) REFERENCES quota_unit (id), 
	CONSTRAINT fk_area_successor_id_area FOREIGN KEY(successor_id) REFERENCES area (id), 
	CONSTRAINT uq_area_code UNIQUE (code), 
	CONSTRAINT uq_area_id_quota_unit UNIQUE (id, quota_unit_id), 
	CONSTRAINT uq_area_name UNIQUE (name)
);
INSERT INTO "area" VALUES(1,'obras
obras publicas','OBRAS','Obras Públicas',1,'','2026-11-23 07:50:56.604361',NULL,NULL);
CREATE TABLE audit_event (
	seq INTEGER NOT NULL, 
	at TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	name TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	data TEXT NOT NULL, 
	request_id TEXT NOT NULL, 
	previous TEXT NOT NULL, 
	hash TEXT NOT NULL, 
	CONSTRAINT pk_audit_event PRIMARY KEY (seq)
);
INSERT INTO "audit_event" VALUES(1,'2026-11-23T07:50:56.606241+00:00','schedule','area.added','area OBRAS','{"after": {"quota_unit": "OBRAS"}, "before": {}, "facts": {"code": "OBRAS", "title": "Obras Públicas"}, "reason": ""}','fb505a899bbb0495','0000000000000000000000000000000000000000000000000000000000000000','79f156f59791cb581b1a429ec6db44fef397ea39e6b81373f8a73fa8d64213e6');
INSERT INTO "audit_event" VALUES(2,'2026-11-23T07:50:56.618772+00:00','schedule','person.added','person ana@municipio.gob.mx','{"after": {"area": "OBRAS"}, "before": {}, "facts": {"email": "ana@municipio.gob.mx", "roles": "liaison"}, "reason": ""}','f62b16e9ae30c414','79f156f59791cb581b1a429ec6db44fef397ea39e6b81373f8a73fa8d64213e6','82cafb41aa14d40e49b239922563b881f9ec42f635e91b8690c055f7acb1c366');
INSERT INTO "audit_event" VALUES(3,'2026-11-23T07:50:56.623131+00:00','schedule','person.added','person ines@municipio.gob.mx','{"after": {"area": null}, "before": {}, "facts": {"email": "ines@municipio.gob.mx", "roles": "it"}, "reason": ""}','9d99e5b078151db4','82cafb41aa14d40e49b239922563b881f9ec42f635e91b8690c055f7acb1c366','8b55271ab960ae64e5ca6555309d87ee90a008e45edcdb177707cf6a31037b86');
INSERT INTO "audit_event" VALUES(4,'2026-11-23T07:50:56.643161+00:00','ana@municipio.gob.mx','request.drafted','request 1','{"after": {"kind": "add"}, "before": {}, "facts": {"area": "OBRAS", "ticket": 1}, "reason": ""}','6b7f78aad8e993a8','8b55271ab960ae64e5ca6555309d87ee90a008e45edcdb177707cf6a31037b86','2527f8b3120c52f43d19b69ee00e7806c60e2459edde716276905d0aa03f486b');
INSERT INTO "audit_event" VALUES(5,'2026-11-23T07:50:56.656819+00:00','ana@municipio.gob.mx','request.moved','request 1','{"after": {"devices": 2, "revision": 1, "status": "recibida", "step": 2}, "before": {"status": "en_captura", "step": 1}, "facts": {"absent": "", "did": "Presenta oficio de acceso al internet dirigido al Coordinador.", "did_en": "Submits the internet-access letter addressed to the coordinator.", "left": 1, "reference": "E1", "ticket": 1, "to": 2}, "reason": ""}','6b7f78aad8e993a8','2527f8b3120c52f43d19b69ee00e7806c60e2459edde716276905d0aa03f486b','55012380a0ea065aa9c254acbf657eec37f63e1c190cea83fd911bf508fbd375');
INSERT INTO "audit_event" VALUES(6,'2026-11-23T07:50:56.882034+00:00','ana@municipio.gob.mx','request.moved','request 1','{"after": {"annexes": 0, "folio": "ADJ-P03-2026-00001", "revision": 1, "status": "turnada", "step": 3}, "before": {"status": "recibida", "step": 2}, "facts": {"absent": "", "did": "Recibe, sella de recibido e informa al Coordinador.", "did_en": "Receives, stamps, tells the coordinator.", "left": 2, "reference": "ADJ-P03-2026-00001", "ticket": 1, "to": 3}, "reason": ""}','6b7f78aad8e993a8','55012380a0ea065aa9c254acbf657eec37f63e1c190cea83fd911bf508fbd375','6ee4fd54c98f3b4c4263a368cff8c940dc874f6e8322f74cf3d884d856c83fe1');
INSERT INTO "audit_event" VALUES(7,'2026-11-23T07:50:56.887094+00:00','ana@municipio.gob.mx','request.moved','request 1','{"after": {"instruction": "Censo inicial", "status": "en_revision", "step": 4}, "before": {"status": "turnada", "step": 3}, "facts": {"absent": "", "did": "Revisa y turna al Área de Informática.", "did_en": "Reviews and routes to IT.", "left": 3, "reference": "ADJ-P03-2026-00001", "ticket": 1, "to": 4}, "reason": ""}','6b7f78aad8e993a8','6ee4fd54c98f3b4c4263a368cff8c940dc874f6e8322f74cf3d884d856c83fe1','71c22dbede53a2e30ee1dc8b1789b9f6d2dc2959ec5571dc085fd748434864c4');
INSERT INTO "audit_event" VALUES(8,'2026-11-23T07:50:56.908201+00:00','ines@municipio.gob.mx','device.approved','device 1','{"after": {"macs": ["a4:83:e7:00:00:01"], "state": "pushing"}, "before": {"state": "requested"}, "facts": {"area": "OBRAS", "device": 1, "folio": "ADJ-P03-2026-00001", "seat": ", lugar 1", "seat_en": ", slot 1", "slot": 1}, "reason": ""}','1aacda443d05d6dd','71c22dbede53a2e30ee1dc8b1789b9f6d2dc2959ec5571dc085fd748434864c4','805f8c0ea7a07eddc90b1577fb5207203406fe0ae45c0082932a52cc6205214a');
INSERT INTO "audit_event" VALUES(9,'2026-11-23T07:50:56.920508+00:00','ines@municipio.gob.mx','device.approved','device 2','{"after": {"macs": ["a4:83:e7:00:00:02"], "state": "pushing"}, "before": {"state": "requested"}, "facts": {"area": "OBRAS", "device": 2, "folio": "ADJ-P03-2026-00001", "seat": ", lugar 2", "seat_en": ", slot 2", "slot": 2}, "reason": ""}','8a706a65ca701bac','805f8c0ea7a07eddc90b1577fb5207203406fe0ae45c0082932a52cc6205214a','0acb9603133e417d787cb4015f30827896ca4baa339f149254aa595856f0ff21');
INSERT INTO "audit_event" VALUES(10,'2026-11-23T07:50:56.924954+00:00','ines@municipio.gob.mx','request.moved','request 1','{"after": {"status": "en_atencion", "step": 5}, "before": {"status": "en_revision", "step": 4}, "facts": {"absent": "", "did": "Recibe el turno y cuenta los equipos del área en WiFi.", "did_en": "Takes the case and counts the area''s devices on WiFi.", "left": 4, "reference": "ADJ-P03-2026-00001", "ticket": 1, "to": 5}, "reason": ""}','8a706a65ca701bac','0acb9603133e417d787cb4015f30827896ca4baa339f149254aa595856f0ff21','514a42ce2e592558e04af7046fa618ca60c9cfff30438abcb0bff56b5728ebbe');
CREATE TABLE authorisation (
	id INTEGER NOT NULL, 
	device_id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	area_id INTEGER NOT NULL, 
	quota_unit_id INTEGER NOT NULL, 
	state TEXT NOT NULL, 
	slot INTEGER, 
	grandfathered_until DATE, 
	live_name TEXT, 
	ends_on DATE, 
	ends_because TEXT NOT NULL, 
	reason_code TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	decided_by TEXT NOT NULL, 
	decided DATETIME, 
	suspended DATETIME, 
	suspended_for TEXT NOT NULL, 
	suspension_reviewed DATETIME, 
	replaces_id INTEGER, 
	removal_ordered DATETIME, 
	removed DATETIME, 
	forgotten DATETIME, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_authorisation PRIMARY KEY (id), 
	CONSTRAINT ck_authorisation_slot_iff_live_phone CHECK ((kind = 'phone' AND state IN ('pushing', 'active', 'suspended', 'removing')) = (slot IS NOT NULL OR grandfathered_until IS NOT NULL)), 
	CONSTRAINT ck_authorisation_slot_or_grandfathered CHECK (slot IS NULL OR grandfathered_until IS NULL), 
	CONSTRAINT ck_authorisation_kind CHECK (kind IN ('phone', 'computer', 'infrastructure')), 
	CONSTRAINT ck_authorisation_state CHECK (state IN ('requested', 'awaiting_binding', 'waiting_swap', 'pushing', 'active', 'suspended', 'removing', 'removed', 'rejected')), 
	CONSTRAINT ck_authorisation_slot_range CHECK (slot IS NULL OR slot IN (1, 2, 3)), 
	CONSTRAINT ck_authorisation_removed_when CHECK ((state = 'removed') = (removed IS NOT NULL)), 
	CONSTRAINT ck_authorisation_forgotten_when_over CHECK (forgotten IS NULL OR state IN ('removed', 'rejected')), 
	CONSTRAINT fk_authorisation_quota_unit FOREIGN KEY(area_id, quota_unit_id) REFERENCES area (id, quota_unit_id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_authorisation_area FOREIGN KEY(device_id, area_id) REFERENCES device (id, area_id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_authorisation_device FOREIGN KEY(device_id, kind) REFERENCES device (id, kind), 
	CONSTRAINT fk_authorisation_replaces_id_device FOREIGN KEY(replaces_id) REFERENCES device (id), 
	CONSTRAINT uq_authorisation_device UNIQUE (device_id), 
	CONSTRAINT uq_authorisation_live_name UNIQUE (live_name)
);
INSERT INTO "authorisation" VALUES(1,1,'phone',1,1,'pushing',1,NULL,NULL,NULL,'','','','ines@municipio.gob.mx','2026-11-23 07:50:56.905114',NULL,'',NULL,NULL,NULL,NULL,NULL,3);
INSERT INTO "authorisation" VALUES(2,2,'phone',1,1,'pushing',2,NULL,NULL,NULL,'','','','ines@municipio.gob.mx','2026-11-23 07:50:56.919450',NULL,'',NULL,NULL,NULL,NULL,NULL,3);
CREATE TABLE campaign (
	id INTEGER NOT NULL, 
	note TEXT NOT NULL, 
	year INTEGER, 
	started DATETIME NOT NULL, 
	started_by TEXT NOT NULL, 
	CONSTRAINT pk_campaign PRIMARY KEY (id), 
	CONSTRAINT uq_campaign_year UNIQUE (year)
);
CREATE TABLE day_figure (
	day DATE NOT NULL, 
	known INTEGER NOT NULL, 
	unknown INTEGER NOT NULL, 
	random INTEGER NOT NULL, 
	CONSTRAINT pk_day_figure PRIMARY KEY (day)
);
CREATE TABLE definition (
	sha256 TEXT NOT NULL, 
	code TEXT NOT NULL, 
	text TEXT NOT NULL, 
	CONSTRAINT pk_definition PRIMARY KEY (sha256)
);
INSERT INTO "definition" VALUES('e3d2d44d7acc5526002e1f923a5630eb603bddc6a88da66a2d1cc27eafc26e01','ADJ-P03','# ADJ-P03 — Device incorporation to the internet service (Almoloya de Juárez). THE CORE PROCEDURE.
# The manual''s table as data. `does` and `by_itself` are ours: what the program does when a step is left.
schema = "procedure/1"
code = "ADJ-P03"
manual_code = "3"
order = 3
core = true

[title]
es = "Incorporación de los equipos de cómputo y telefonía móvil al servicio de internet de la Administración Pública Municipal"
en = "Incorporation of computers and mobile phones to the municipal internet service"
short_es = "Alta de equipos en la red"
short_en = "Device access to the network"
variants_es = [
  "Incorporación de los equipos personales de cómputo y telefonía móvil al servicio de internet (índice)",
  "Incorporación de equipos de los equipos personales de cómputo y telefonía móvil (relación de procesos)",
]

[source]
municipality = "Almoloya de Juárez"
document = "Manual de Procedimientos de la Coordinación de Gobierno Digital e Informática"
edition = "Primera edición, febrero de 2024"
file = "003_93ad0eb6882a2f99.txt"
lines = [463, 575]
also_lines = [92, 95]

[owner]
unit_es = "Coordinación de Gobierno Digital e Informática (CGDI)"
unit_en = "Digital Government and IT Coordination (CGDI)"
executing_es = "Área de Informática"
executing_en = "IT area"

[objective]
es = "Tener control de qué computadoras y teléfonos usan el internet del Ayuntamiento, por cable o WiFi, para reforzar la seguridad perimetral, prevenir ataques y hacer más fluida la transmisión de datos."
en = "Keep control of which computers and phones use the municipal internet, wired or WiFi, so the perimeter is stronger, attacks are prevented and data flows better."

[applicant]
kinds = ["area", "organismo"]
es = "Áreas y Organismos cuyas personas servidoras públicas requieran internet para sus funciones"
en = "Areas and bodies whose public servants need internet for their duties"
signatory_es = "Titular del área (por oficio)"
signatory_en = "Head of the area (by letter)"

[[legal_basis]]
es = "Reglamento de la Ley de Gobierno Digital del Estado de México y Municipios (Gaceta del Gobierno, 23-ago-2019)"
articles = ["1", "29"]
[[legal_basis]]
es = "Bando Municipal de Almoloya de Juárez 2024 (6-feb-2024)"
articles = ["86", "87", "88", "89"]
[[legal_basis]]
es = "Reglamento Orgánico de la Administración Pública Municipal de Almoloya de Juárez (Cabildo, 9-jun-2022)"
articles = ["44"]
[[legal_basis]]
es = "Reglamento Interno de la Coordinación de Gobierno Digital e Informática (Cabildo, 31-ago-2023)"
articles = ["8", "9", "10", "11", "12", "13"]
[[legal_basis]]
es = "Manual de Organización de la Coordinación de Gobierno Digital e Informática (Cabildo, 28-sep-2023)"
articles = []

[[roles]]
id = "applicant"
es = "Área u Organismo solicitante"
en = "Requesting area or body"
kind = "applicant"
[[roles]]
id = "secretarial"
es = "Área Secretarial CGDI"
en = "CGDI secretarial desk"
kind = "internal"
[[roles]]
id = "coordinator"
es = "Coordinador CGDI"
en = "CGDI coordinator"
kind = "internal"
[[roles]]
id = "it"
es = "Área de Informática"
en = "IT area"
kind = "internal"
[[roles]]
id = "legal"
es = "Área de Normatividad"
en = "Regulations (legal drafting) area"
kind = "internal"
[[roles]]
id = "newtech"
es = "Área de Desarrollo de Nuevas Tecnologías (respaldos del Host)"
en = "New Technologies Development area (Host backups)"
kind = "internal"
takes_no_step = true

[intake]
channels = ["oficio"]
addressee_es = "Coordinador de Gobierno Digital e Informática"
window = "none_stated"
acuse = { required = true, seal = true, date = true, time = true, by = "secretarial", step = 2 }

[sla]
applies = true
min_hours = 24
max_hours = 72
soft = true
varies_with_es = "carga de trabajo del Área de Informática"
clock_start = { step = 2, event = "acuse" }
clock_stop_any = [ { step = 5, event = "registered" }, { step = 6, event = "rejection_decided" } ]
second_clock = { name = "response", start_step = 2, stop_step = 10 }
counting = "working_day_hours"
line = 527

[lead_time]
applies = false

[quota]
max = 3
counts = ["phone"]
per = "area"
network = "wifi"
consuming_states = ["pushing", "active", "suspended", "removing"]
inheriting_states = ["waiting_swap"]      # a replacement takes the slot of the phone it replaces
as_printed_counts = ["dispositivos"]     # step 4 says devices, the policy says mobile phones
on_full = { step = 6, reason = "quota_full" }
line = 522

[[inputs]]
es = "Oficio de solicitud de registro de equipos (WiFi o cable)"
en = "Letter asking to register devices (WiFi or wired)"
[[inputs]]
es = "Dirección MAC del teléfono (WiFi)"
en = "Phone MAC address (WiFi)"
[[inputs]]
es = "El equipo de cómputo mismo, para registrarlo en la red interna"
en = "The computer itself, to be registered on the internal network"

[[outputs]]
es = "Equipos de cómputo y teléfonos registrados y conectados al internet del Ayuntamiento"
en = "Computers and phones registered and connected to the municipal internet"
[[outputs]]
es = "Oficio de respuesta (aprobación o rechazo)"
en = "Response letter (approval or rejection)"

[[fields]]
id = "area"
es = "Área u Organismo solicitante"
en = "Requesting area or body"
type = "area"
required = true
source = "manual"
[[fields]]
id = "signatory"
es = "Nombre y cargo de quien firma"
en = "Signatory''s name and post"
type = "person"
required = true
source = "derived"
[[fields]]
id = "letter_number"
es = "Número de oficio del área"
en = "Area''s letter number"
type = "text"
required = true
source = "derived"
[[fields]]
id = "letter_date"
es = "Fecha del oficio"
en = "Letter date"
type = "date"
required = true
source = "derived"
validation = { not_after = "today" }
[[fields]]
id = "request_kind"
es = "Movimiento"
en = "Operation"
type = "choice"
required = true
source = "product"
choices = [
  { value = "add", es = "Alta", en = "Add" },
  { value = "swap", es = "Sustitución (baja y alta)", en = "Replacement (remove and add)" },
  { value = "remove", es = "Baja", en = "Remove" },
  { value = "update", es = "Cambio de datos", en = "Change of data" },
]
[[fields]]
id = "purpose"
es = "Función institucional que justifica el acceso"
en = "Official duty that justifies access"
type = "textarea"
required = true
source = "derived"
validation = { min_length = 10, max_length = 500 }
[[fields]]
id = "devices"
es = "Equipos"
en = "Devices"
type = "list"
required = true
source = "manual"
validation = { min_items = 1, max_items = 20 }
[[fields.columns]]
id = "kind"
es = "Tipo"
en = "Kind"
type = "choice"
required = true
choices = [
  { value = "phone", es = "Telefonía móvil", en = "Mobile phone" },
  { value = "computer", es = "Equipo de cómputo", en = "Computer" },
]
[[fields.columns]]
id = "ownership"
es = "Propiedad"
en = "Ownership"
type = "choice"
required = true
choices = [
  { value = "personal", es = "Personal", en = "Personal" },
  { value = "municipal", es = "Municipal", en = "Municipal" },
]
[[fields.columns]]
id = "connection"
es = "Conexión"
en = "Connection"
type = "multichoice"
required = true
choices = [
  { value = "wifi", es = "WiFi", en = "WiFi" },
  { value = "wired", es = "Cable", en = "Wired" },
]
[[fields.columns]]
id = "mac"
es = "Dirección MAC"
en = "MAC address"
type = "mac"
required = false
required_if = { kind = "phone" }
validation = { bits = 48, unicast = true, globally_administered = true, not_placeholder = true, unique_active = true }
[[fields.columns]]
id = "computer_name"
es = "Nombre del equipo de cómputo"
en = "Computer name"
type = "hostname"
required = false
required_if = { kind = "computer" }
validation = { pattern = "^(?![0-9]+$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,13}[A-Za-z0-9])?$", unique_active = true, case_insensitive = true }
[[fields.columns]]
id = "holder"
es = "Persona servidora pública que lo usa"
en = "Public servant using it"
type = "person"
required = true
[[fields.columns]]
id = "make_model"
es = "Marca y modelo"
en = "Make and model"
type = "text"
required = true
[[fields.columns]]
id = "inventory_no"
es = "Número de inventario (si es municipal)"
en = "Inventory number (if municipal)"
type = "text"
required = false
required_if = { ownership = "municipal" }
[[fields.columns]]
id = "replaces"
es = "Equipo que sustituye"
en = "Device it replaces"
type = "device_ref"
required = false
required_if = { request_kind = "swap" }
validation = { same_area = true, state = "active" }
[[fields]]
id = "use_ack"
es = "El área acepta que el internet se usa sólo para funciones institucionales"
en = "The area accepts that internet is used for official duties only"
type = "bool"
required = true
source = "derived"
validation = { must_be = true }
[[fields]]
id = "privacy_ack"
es = "Aviso de privacidad mostrado"
en = "Privacy notice shown"
type = "bool"
required = true
source = "product"
validation = { must_be = true }

[[attachments]]
id = "request_letter"
es = "Oficio firmado (escaneado) o generado por el portal y firmado"
en = "Signed letter (scan), or portal-generated and signed"
required = true
formats = ["pdf"]
min = 1
max = 1
source = "manual"

[[rules]]
id = "ADJ-P03-R01"
kind = "scope"
severity = "block"
es = "El internet se usa sólo para las funciones de las áreas."
en = "Internet is for official duties only."
test = "purpose empty or use_ack=false → cannot submit; misuse is a revocation reason."
line = 520
[[rules]]
id = "ADJ-P03-R02"
kind = "authorisation"
severity = "block"
es = "Un equipo personal entra al WiFi sólo si la Coordinación lo autoriza y queda registrado en la seguridad perimetral."
en = "A personal device joins the WiFi only if authorised by the Coordination and registered in the perimeter system."
test = "The pushed allowlist contains exactly the MACs of authorised devices: one extra or one missing fails."
line = 521
[[rules]]
id = "ADJ-P03-R03"
kind = "quota"
severity = "block"
es = "Máximo tres teléfonos móviles por Área u Organismo en la red WiFi."
en = "At most three mobile phones per area or body on the WiFi."
test = "With three consuming phones, approving a fourth fails under any concurrency; with two it succeeds; a fourth computer succeeds."
line = 522
[[rules]]
id = "ADJ-P03-R04"
kind = "required_field"
severity = "block"
es = "El teléfono se identifica por MAC; la computadora, por su nombre."
en = "A phone is identified by MAC, a computer by its name."
test = "Phone without MAC → error; computer without name → error; computer without MAC → accepted."
line = 526
[[rules]]
id = "ADJ-P03-R05"
kind = "sla"
severity = "warn"
es = "Atención en 24 a 72 horas, según la carga de trabajo de Informática."
en = "Attention within 24 to 72 hours, depending on IT workload."
test = "Fri 13:00 acuse → due Wed 13:00 (working-day reading, no holiday between)."
line = 527
[[rules]]
id = "ADJ-P03-R06"
kind = "record"
severity = "block"
es = "Informática lleva el registro de equipos conectados por cable y WiFi en el Palacio Municipal."
en = "IT keeps the register of devices connected by wire and WiFi in the Palacio Municipal."
test = "The register export lists every authorised device with area, holder, kind, connection, since, folio."
line = 488
[[rules]]
id = "ADJ-P03-R07"
kind = "record"
severity = "block"
es = "Se acusa recibo del oficio con sello y se informa al Coordinador."
en = "The letter is stamped and the coordinator told."
test = "Step 3 unreachable without an acuse holding date, time and folio."
line = 534
[[rules]]
id = "ADJ-P03-R08"
kind = "record"
severity = "block"
es = "El Área Secretarial lleva el registro de oficios en el archivo."
en = "The secretarial desk keeps the register of letters."
test = "Incoming and outgoing letters of the folio are in the register."
line = 498
[[rules]]
id = "ADJ-P03-R09"
kind = "response"
severity = "block"
es = "El Coordinador contesta por escrito: cumplida o motivos."
en = "The coordinator answers in writing: done, or why not."
test = "Approved and rejected requests alike end with a signed letter; no letter, no close."
line = 490
[[rules]]
id = "ADJ-P03-R10"
kind = "backup"
severity = "block"
es = "Nuevas Tecnologías respalda periódicamente la información del Host."
en = "New Technologies backs up the Host periodically."
test = "Last verified backup older than the configured period raises an alert; a restore into an empty instance reproduces the register."
line = 489
[[rules]]
id = "ADJ-P03-R11"
kind = "rejection"
severity = "block"
es = "Si el área ya tiene tres teléfonos, se rechaza por oficio."
en = "If the area already has three phones, it is rejected by letter."
test = "Quota full at step 4 → step 6, reason quota_full, nothing pushed."
line = 538
[[rules]]
id = "ADJ-P03-R12"
kind = "approval"
severity = "block"
es = "El oficio se revisa y corrige hasta ser correcto."
en = "The letter is reviewed and corrected until right."
test = "8 No → 9 → 8, any number of times, each version kept."
line = 540
[[rules]]
id = "ADJ-P03-R13"
kind = "record"
severity = "block"
es = "El área firma de recibido."
en = "The area signs for receipt."
test = "Step 11 needs receiver, date-time and scan, or a reasoned non-delivery note."
line = 543
[[rules]]
id = "ADJ-P03-R14"
kind = "definition"
severity = "block"
es = "La MAC es un identificador único de 48 bits del equipo."
en = "A MAC is the device''s unique 48-bit identifier."
test = "12 hex digits after removing : - . and spaces; multicast, all-zero, all-one, 02:00:00:00:00:00 and locally administered values refused at intake."
line = 503
[[rules]]
id = "ADJ-P03-R15"
kind = "routing"
severity = "block"
es = "El Coordinador turna al Área de Informática."
en = "The coordinator routes to the IT area."
test = "IT cannot decide before step 3 is done."
line = 535
[[rules]]
id = "ADJ-P03-R16"
kind = "scope"
severity = "info"
es = "El WiFi y el registro se refieren al edificio del Palacio Municipal."
en = "WiFi and the register refer to the Palacio Municipal building."
test = "Each access point has a site; sites outside the palace are off unless configured."
line = 506
[[rules]]
id = "ADJ-P03-R17"
kind = "scope"
severity = "info"
es = "La computadora se presenta para su registro en la red interna."
en = "The computer is brought in to be registered on the internal network."
test = "A computer stays ''awaiting binding'' until IT records MAC(s) with evidence inspection, lease or ARP."
line = 95

[[steps]]
n = 1
does = "send"
role = "applicant"
kind = "start"
es = "Presenta oficio de acceso al internet dirigido al Coordinador."
en = "Submits the internet-access letter addressed to the coordinator."
button = { es = "Enviar", en = "Send" }
status = "en_captura"
produces = ["request_letter"]
checks = ["ADJ-P03-R01", "ADJ-P03-R04", "ADJ-P03-R14"]
line = 533
transitions = [ { on = "else", to = 2, src = "manual" } ]
[[steps]]
n = 2
does = "receive"
role = "secretarial"
kind = "task"
es = "Recibe, sella de recibido e informa al Coordinador."
en = "Receives, stamps, tells the coordinator."
button = { es = "Sellar el acuse", en = "Stamp the receipt" }
asks = [
  { id = "paper", type = "bool", required = true, es = "Tengo a la vista el oficio firmado", en = "I have the signed letter before me" },
  { id = "letter_number", type = "text", required = false, es = "Número del oficio", en = "Number of the letter" },
  { id = "letter_date", type = "date", required = false, es = "Fecha del oficio", en = "Date of the letter" },
  { id = "signed_by", type = "person", required = false, es = "Quién firma el oficio", en = "Who signed the letter" },
  { id = "annexes", type = "integer", required = false, es = "Número de anexos", en = "Number of annexes" },
]
status = "recibida"
produces = ["acuse"]
line = 534
note = "A removal or a change of data needs no decision: with the signed letter it is in force (quirk Q11)."
transitions = [ { on = "else", to = 3, src = "manual" }, { on = "applied", to = 5, src = "product", by_work = true } ]
[[steps]]
n = 3
does = "turn_over"
role = "coordinator"
kind = "task"
es = "Revisa y turna al Área de Informática."
en = "Reviews and routes to IT."
button = { es = "Turnar a Informática", en = "Turn over to IT" }
asks = [ { id = "instruction", type = "text", required = false, es = "Instrucción", en = "Instruction" } ]
status = "turnada"
produces = ["turno"]
line = 535
transitions = [ { on = "else", to = 4, src = "manual" } ]
[[steps]]
n = 4
by_itself = true
role = "it"
kind = "decision"
es = "Recibe el turno y cuenta los equipos del área en WiFi."
en = "Takes the case and counts the area''s devices on WiFi."
question = { es = "¿El área ya tiene tres teléfonos en la red WiFi?", en = "Does the area already have three phones on the WiFi?" }
question_as_printed = { es = "¿Ya hay tres dispositivos conectados a la red WiFi del área?" }
status = "en_revision"
checks = ["ADJ-P03-R03"]
atomic_with = 5
line = 536
note = "Count and registration must be one transaction (see docs/life-of-a-request.md)."
transitions = [ { on = "no", to = 5, src = "manual" }, { on = "yes", to = 6, src = "manual" } ]
[[steps]]
n = 5
by_itself = true
role = "it"
role_as_printed = "coordinator"
kind = "task"
es = "Registra el equipo en la seguridad perimetral e informa al Coordinador."
en = "Registers the device in the perimeter system and reports to the coordinator."
status = "en_atencion"
produces = ["registration", "allowlist_push"]
line = 537
note = "Printed owner is the Coordinador, but the text ends ''informs the Coordinador'': it is IT''s work."
transitions = [ { on = "else", to = 7, src = "implied" } ]
as_printed = [ { on = "else", to = 6 } ]
[[steps]]
n = 6
by_itself = true
role = "it"
kind = "task"
es = "Pide que se redacte el oficio de rechazo."
en = "Asks for the rejection letter to be drafted."
status = "respuesta_en_elaboracion"
produces = ["rejection_decision"]
line = 538
transitions = [ { on = "else", to = 7, src = "manual" } ]
[[steps]]
n = 7
does = "draft_letter"
role = "legal"
kind = "task"
es = "Redacta el oficio de respuesta."
en = "Drafts the response letter."
button = { es = "Pasar a revisión", en = "Hand in for review" }
asks = [ { id = "paragraphs", type = "textarea", required = true, es = "Texto del oficio", en = "Text of the letter" } ]
status = "respuesta_en_elaboracion"
produces = ["response_letter"]
line = 539
transitions = [ { on = "else", to = 8, src = "manual" } ]
[[steps]]
n = 8
does = "review_letter"
role = "coordinator"
kind = "decision"
es = "Revisa el oficio."
en = "Reviews the letter."
question = { es = "¿El oficio es correcto?", en = "Is the letter correct?" }
asks = [ { id = "comment", type = "textarea", required = false, es = "Qué corregir, si se devuelve", en = "What to correct, if it goes back" } ]
status = "respuesta_en_revision"
line = 540
transitions = [ 
  { on = "yes", to = 10, src = "manual", button = { es = "Es correcto: firmar", en = "It is right: sign" } },
  { on = "no", to = 9, src = "manual", button = { es = "Devolver con comentario", en = "Return with a comment" } },
 ]
[[steps]]
n = 9
does = "correct_letter"
role = "legal"
kind = "task"
es = "Corrige el oficio."
en = "Corrects the letter."
button = { es = "Pasar de nuevo a revisión", en = "Hand in again" }
asks = [ { id = "paragraphs", type = "textarea", required = true, es = "Texto del oficio", en = "Text of the letter" } ]
status = "respuesta_en_elaboracion"
line = 541
transitions = [ { on = "else", to = 8, src = "implied" } ]
[[steps]]
n = 10
does = "deliver_letter"
role = "secretarial"
kind = "task"
es = "Entrega el oficio firmado."
en = "Delivers the signed letter."
button = { es = "Registrar la entrega", en = "Record the delivery" }
asks = [
  { id = "receiver", type = "person", required = true, es = "Quién lo recibe", en = "Who receives it" },
  { id = "receiver_post", type = "text", required = true, es = "Cargo", en = "Post" },
]
status = "por_entregar"
requires = ["signature:coordinator"]
line = 542
transitions = [ { on = "else", to = 11, src = "manual" } ]
[[steps]]
n = 11
does = "file_receipt"
role = "applicant"
kind = "end"
outcome = "completed"
es = "Recibe el oficio y firma de recibido."
en = "Receives the letter and signs for it."
recorded_by = "secretarial"
button = { es = "Registrar el recibo", en = "Record the receipt" }
asks = [
  { id = "signed", type = "bool", required = false, es = "La copia está firmada de recibido", en = "The copy is signed for" },
  { id = "reason", type = "text", required = false, es = "Si no firmó, por qué", en = "If not signed, why" },
]
status = "concluida"
produces = ["signed_receipt"]
line = 543
transitions = []

[[extensions]]
id = "return_for_correction"
es = "Prevención: MAC inválida o aleatoria, falta nombre, falta oficio o firma"
en = "Return for correction: invalid or random MAC, missing name, letter or signature"
by = ["secretarial", "coordinator", "it"]
from = [2, 3, 4]
to = 1
button = { es = "Devolver para corrección", en = "Return for correction" }
source = "product"
[[extensions]]
id = "reject_other_reason"
es = "Rechazo por causa distinta al cupo (uso no institucional, MAC ya registrada en otra área, equipo no apto)"
en = "Rejection for a reason other than quota (non-official use, MAC already registered elsewhere, unfit device)"
by = ["it", "coordinator"]
from = [3, 4]
to = 6
button = { es = "Rechazar por otra causa", en = "Reject for another reason" }
source = "product"
[[extensions]]
id = "withdraw"
es = "Desistimiento del área"
en = "Withdrawal by the area"
by = ["applicant"]
from = [1, 2, 3, 4]
to = "end:withdrawn"
button = { es = "Desistir", en = "Withdraw" }
source = "product"
[[extensions]]
id = "close_unanswered"
es = "Cierre por escrito: el área no corrigió en diez días hábiles lo que se le devolvió"
en = "Closed in writing: the area did not correct within ten working days what was returned"
by = ["coordinator"]
from = [1]
to = "end:unanswered"
button = { es = "Cerrar por falta de respuesta", en = "Close for lack of an answer" }
source = "product"

[[extensions]]
id = "void_letter"
es = "Anulación del oficio firmado: conserva su número y se expide otro"
en = "The signed letter is voided: it keeps its number and another one is issued"
by = ["coordinator"]
from = [10, 11]
to = 7
button = { es = "Anular el oficio y expedir otro", en = "Void the letter and issue another" }
source = "product"
[[extensions]]
id = "not_delivered"
es = "Constancia de que el oficio no se pudo entregar"
en = "Note that the letter could not be delivered"
by = ["secretarial"]
from = [10]
to = "end:completed"
button = { es = "Hacer constar que no se pudo entregar", en = "Note that it could not be delivered" }
source = "product"

[[documents]]
id = "request_letter"
es = "Oficio de solicitud"
en = "Request letter"
direction = "in"
[[documents]]
id = "acuse"
es = "Acuse de recibo sellado"
en = "Stamped acknowledgement"
direction = "out"
[[documents]]
id = "turno"
es = "Turno interno"
en = "Internal routing slip"
direction = "internal"
[[documents]]
id = "registration"
es = "Registro del equipo en la seguridad perimetral"
en = "Perimeter registration record"
direction = "internal"
[[documents]]
id = "allowlist_push"
es = "Constancia de sincronización (firewall y puntos de acceso)"
en = "Sync confirmation (firewall and access points)"
direction = "internal"
[[documents]]
id = "rejection_decision"
es = "Decisión de rechazo con motivo"
en = "Rejection decision with reason"
direction = "internal"
[[documents]]
id = "response_letter"
es = "Oficio de respuesta (aprobación, rechazo o parcial)"
en = "Response letter (approval, rejection or partial)"
direction = "out"
signer = "coordinator"
placeholders = ["folio", "oficio_no", "fecha", "destinatario", "cargo", "oficio_solicitud", "equipos_aprobados", "equipos_rechazados", "cupo_usado", "cupo_max", "sentido", "motivo"]
[[documents]]
id = "signed_receipt"
es = "Copia firmada de recibido"
en = "Signed receipt copy"
direction = "in"

[[annex_formats]]
es = "No aplica (el manual no prevé formatos)"
en = "None"
reproduced = false

[[metrics]]
id = "attention_pct"
es = "Porcentaje mensual de solicitudes atendidas"
en = "Monthly share of requests attended"
formula = "attended_in_month / received_in_month * 100"
period = "month"
source = "manual"
line = 567

[[records]]
es = "Registro de equipos conectados por cable y WiFi (Palacio Municipal)"
en = "Register of devices connected by wire and WiFi (Palacio Municipal)"
keeper = "it"
[[records]]
es = "Registro de oficios en el archivo de la Coordinación"
en = "Register of letters in the Coordination''s archive"
keeper = "secretarial"
[[records]]
es = "Respaldos periódicos del Host"
en = "Periodic Host backups"
keeper = "newtech"

[[quirks]]
id = "ADJ-P03-Q1"
step = 5
manual = "Owner printed as ''Coordinador CGDI'' while the text says it registers the device and ''informs the Coordinador''."
resolution = "Área de Informática performs step 5. The coordinator may do it too as a substitute, logged as such."
manual_es = "Como responsable está impreso «Coordinador CGDI», pero según el texto quien lo hace registra el equipo e «informa al Coordinador»."
resolution_es = "El paso 5 lo hace el Área de Informática. El Coordinador también puede hacerlo en suplencia, y así queda anotado."
[[quirks]]
id = "ADJ-P03-Q2"
step = 5
manual = "No next step after registration; by row order it would fall into 6, the rejection."
resolution = "5 → 7: an approval also gets a letter (duty at line 490; step 11 speaks of work concluded)."
manual_es = "Después del registro no indica ningún paso. Por el orden de los renglones se caería en el 6, que es el rechazo."
resolution_es = "5 → 7: también la aprobación lleva oficio (deber de la línea 490; el paso 11 habla de trabajos concluidos)."
[[quirks]]
id = "ADJ-P03-Q3"
step = 4
manual = "Policy limits ''equipos de telefonía móvil'' authorised; step 4 counts ''dispositivos'' connected."
resolution = "Count authorised phones (registered, not momentarily online). Computers do not count. Keep `quota.counts` as a setting."
manual_es = "La política limita los «equipos de telefonía móvil» autorizados. El paso 4 cuenta los «dispositivos» conectados."
resolution_es = "Se cuentan los teléfonos autorizados: los registrados, no los que estén en línea en ese momento. Las computadoras no cuentan. Lo que cuenta para el cupo es un ajuste."
[[quirks]]
id = "ADJ-P03-Q4"
step = 6
manual = "Informática ''instructs'' the letter; in procedures 1 and 2 it is the Coordinador who instructs Normatividad."
resolution = "Keep IT as printed; notify the coordinator at that moment. The coordinator still reviews at 8."
manual_es = "Informática «instruye» la elaboración del oficio. En los procedimientos 1 y 2 es el Coordinador quien instruye a Normatividad."
resolution_es = "Lo hace el Área de Informática, como está impreso, y en ese momento se avisa al Coordinador. Él revisa después, en el 8."
[[quirks]]
id = "ADJ-P03-Q5"
step = 10
manual = "Omits ''once signed by the coordinator'', present in procedures 1 and 2; role printed ''Área Secretarial'' without CGDI."
resolution = "Signature required before delivery; same role."
manual_es = "Omite que el oficio se entrega ya firmado por el Coordinador; los procedimientos 1 y 2 sí lo dicen. El puesto aparece como «Área Secretarial», sin CGDI."
resolution_es = "Sin firma no se entrega. El puesto es el mismo."
[[quirks]]
id = "ADJ-P03-Q6"
step = 2
manual = "Acuse asks for the seal only, not date and time."
resolution = "Stamp date and time always: the 72 h clock needs it."
manual_es = "El acuse sólo pide el sello; no pide fecha ni hora."
resolution_es = "Siempre se ponen fecha y hora: el plazo de 72 horas las necesita."
[[quirks]]
id = "ADJ-P03-Q7"
step = 9
manual = "No return arrow after the correction."
resolution = "9 → 8."
manual_es = "No señala a dónde se regresa después de la corrección."
resolution_es = "9 → 8."
[[quirks]]
id = "ADJ-P03-Q8"
step = 1
manual = "Duplicated words (''solicitud de solicitud''); index title says ''equipos personales'', body title does not."
resolution = "Scope = every computer and phone that connects (register duty, line 488); the authorisation rule of line 521 names personal ones. Record ownership."
manual_es = "Hay palabras repetidas («solicitud de solicitud»). El título del índice dice «equipos personales»; el del procedimiento no."
resolution_es = "Abarca toda computadora y todo teléfono que se conecte (deber de registro, línea 488). La regla de autorización de la línea 521 nombra los personales. Se anota de quién es cada equipo."
[[quirks]]
id = "ADJ-P03-Q9"
step = 4
manual = "Quota is the only check: no step handles a missing MAC, a bad name, or another reason to refuse."
resolution = "Extensions return_for_correction and reject_other_reason; both are product additions and logged as such."
manual_es = "Sólo se revisa el cupo. Ningún paso prevé que falte la MAC, que el nombre esté mal o que haya otro motivo de rechazo."
resolution_es = "Se añaden dos caminos: la prevención para corregir y el rechazo por otra causa. Los dos son del sistema, no del manual, y así quedan anotados."
[[quirks]]
id = "ADJ-P03-Q10"
step = 0
manual = "MAC is defined for phones only; computers go by name, which firewalls and access points cannot filter on."
resolution = "IT binds name → MAC(s) from inspection, DHCP lease or ARP; enforcement uses the MACs."
manual_es = "La MAC sólo se define para los teléfonos. Las computadoras van por nombre, y por nombre no pueden filtrar ni los cortafuegos ni los puntos de acceso."
resolution_es = "El Área de Informática liga nombre → MAC (una o varias) por inspección, por la concesión DHCP o por ARP. Lo que se aplica en la red son las MAC."
[[quirks]]
id = "ADJ-P03-Q11"
step = 2
manual = "Nothing on removal, replacement, expiry, staff leaving or area mergers."
resolution = "Product rules, all reversible, none invented as municipal norm."
manual_es = "No dice nada de bajas, reemplazos, vencimientos, personal que se va ni áreas que se fusionan."
resolution_es = "Son reglas del sistema. Todas se pueden revertir y ninguna se presenta como norma municipal."
');
CREATE TABLE delivery (
	id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	target TEXT NOT NULL, 
	state TEXT NOT NULL, 
	created DATETIME NOT NULL, 
	due DATETIME NOT NULL, 
	attempts INTEGER NOT NULL, 
	lease_until DATETIME, 
	lease_by TEXT, 
	finished DATETIME, 
	error TEXT NOT NULL, 
	CONSTRAINT pk_delivery PRIMARY KEY (id), 
	CONSTRAINT ck_delivery_state CHECK (state IN ('waiting', 'running', 'done', 'failed'))
);
CREATE TABLE device (
	id INTEGER NOT NULL, 
	words TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	area_id INTEGER NOT NULL, 
	ticket_id INTEGER, 
	ownership TEXT NOT NULL, 
	holder TEXT NOT NULL, 
	model TEXT NOT NULL, 
	computer_name TEXT, 
	inventory_no TEXT NOT NULL, 
	connection TEXT NOT NULL, 
	claimed_mac TEXT NOT NULL, 
	flag TEXT NOT NULL, 
	under_revalidation BOOLEAN NOT NULL, 
	location TEXT NOT NULL, 
	shared_adapter BOOLEAN NOT NULL, 
	CONSTRAINT pk_device PRIMARY KEY (id), 
	CONSTRAINT ck_device_connection CHECK (connection IN ('wifi', 'wired', 'both')), 
	CONSTRAINT ck_device_flag CHECK (flag IN ('', 'reassign', 'area_closed')), 
	CONSTRAINT ck_device_kind CHECK (kind IN ('phone', 'computer', 'infrastructure')), 
	CONSTRAINT ck_device_ownership CHECK (ownership IN ('municipal', 'personal')), 
	CONSTRAINT fk_device_area_id_area FOREIGN KEY(area_id) REFERENCES area (id), 
	CONSTRAINT fk_device_ticket_id_ticket FOREIGN KEY(ticket_id) REFERENCES ticket (id), 
	CONSTRAINT uq_device_id_area UNIQUE (id, area_id), 
	CONSTRAINT uq_device_id_kind UNIQUE (id, kind)
);
INSERT INTO "device" VALUES(1,'luis pena

','phone',1,1,'municipal','Luis Peña','',NULL,'','wifi','','',0,'',0);
INSERT INTO "device" VALUES(2,'luis pena

','phone',1,1,'municipal','Luis Peña','',NULL,'','wifi','','',0,'',0);
CREATE TABLE folio_sequence (
	prefix TEXT NOT NULL, 
	year INTEGER NOT NULL, 
	last INTEGER NOT NULL, 
	CONSTRAINT pk_folio_sequence PRIMARY KEY (prefix, year)
);
INSERT INTO "folio_sequence" VALUES('ADJ-P03',2026,1);
CREATE TABLE follower (
	ticket_id INTEGER NOT NULL, 
	person_id INTEGER NOT NULL, 
	since DATETIME NOT NULL, 
	CONSTRAINT pk_follower PRIMARY KEY (ticket_id, person_id), 
	CONSTRAINT fk_follower_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_follower_ticket_id_ticket FOREIGN KEY(ticket_id) REFERENCES ticket (id)
);
CREATE TABLE former_address (
	id INTEGER NOT NULL, 
	device_id INTEGER NOT NULL, 
	hash TEXT NOT NULL, 
	medium TEXT NOT NULL, 
	hashed DATETIME NOT NULL, 
	CONSTRAINT pk_former_address PRIMARY KEY (id), 
	CONSTRAINT ck_former_address_hash CHECK (length(hash) = 73), 
	CONSTRAINT fk_former_address_device_id_device FOREIGN KEY(device_id) REFERENCES device (id)
);
CREATE TABLE frozen_month (
	procedure TEXT NOT NULL, 
	month TEXT NOT NULL, 
	frozen DATETIME NOT NULL, 
	folios JSON NOT NULL, 
	CONSTRAINT pk_frozen_month PRIMARY KEY (procedure, month)
);
CREATE TABLE headship (
	id INTEGER NOT NULL, 
	area_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	post TEXT NOT NULL, 
	acting BOOLEAN NOT NULL, 
	first DATE NOT NULL, 
	last DATE, 
	CONSTRAINT pk_headship PRIMARY KEY (id), 
	CONSTRAINT ck_headship_days CHECK (last IS NULL OR first <= last), 
	CONSTRAINT fk_headship_area_id_area FOREIGN KEY(area_id) REFERENCES area (id)
);
CREATE TABLE interface (
	id INTEGER NOT NULL, 
	device_id INTEGER NOT NULL, 
	device_kind TEXT NOT NULL, 
	mac TEXT NOT NULL, 
	medium TEXT NOT NULL, 
	live BOOLEAN NOT NULL, 
	evidence_kind TEXT NOT NULL, 
	evidence TEXT NOT NULL, 
	private_reason TEXT NOT NULL, 
	private_checked DATETIME, 
	CONSTRAINT pk_interface PRIMARY KEY (id), 
	CONSTRAINT ck_interface_medium CHECK (medium IN ('wifi', 'ethernet')), 
	CONSTRAINT ck_interface_mac CHECK (length(mac) = 17 AND mac = lower(mac)), 
	CONSTRAINT fk_interface_device FOREIGN KEY(device_id, device_kind) REFERENCES device (id, kind)
);
INSERT INTO "interface" VALUES(1,1,'phone','a4:83:e7:00:00:01','wifi',1,'','','',NULL);
INSERT INTO "interface" VALUES(2,2,'phone','a4:83:e7:00:00:02','wifi',1,'','','',NULL);
CREATE TABLE ip_stay (
	id INTEGER NOT NULL, 
	ip TEXT NOT NULL, 
	mac TEXT NOT NULL, 
	place TEXT NOT NULL, 
	since DATETIME NOT NULL, 
	until DATETIME NOT NULL, 
	CONSTRAINT pk_ip_stay PRIMARY KEY (id)
);
CREATE TABLE kept_answer (
	id INTEGER NOT NULL, 
	token_id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	asked TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	status INTEGER NOT NULL, 
	location TEXT NOT NULL, 
	body BLOB NOT NULL, 
	CONSTRAINT pk_kept_answer PRIMARY KEY (id), 
	CONSTRAINT fk_kept_answer_token_id_api_token FOREIGN KEY(token_id) REFERENCES api_token (id), 
	CONSTRAINT uq_kept_answer_key UNIQUE (token_id, "key")
);
CREATE TABLE letter (
	id INTEGER NOT NULL, 
	words TEXT NOT NULL, 
	ticket_id INTEGER NOT NULL, 
	produced_id INTEGER, 
	state TEXT NOT NULL, 
	sense TEXT NOT NULL, 
	number TEXT, 
	data JSON NOT NULL, 
	signed DATETIME, 
	signed_by TEXT NOT NULL, 
	pdf TEXT, 
	scan TEXT, 
	delivered DATETIME, 
	receiver TEXT NOT NULL, 
	receiver_post TEXT NOT NULL, 
	acknowledged DATETIME, 
	reason TEXT NOT NULL, 
	CONSTRAINT pk_letter PRIMARY KEY (id), 
	CONSTRAINT ck_letter_state CHECK (state IN ('draft', 'in_review', 'returned', 'to_sign', 'signed', 'delivered', 'not_delivered', 'acknowledged', 'void')), 
	CONSTRAINT ck_letter_numbered_when_signed CHECK ((number IS NULL) = (signed IS NULL)), 
	CONSTRAINT fk_letter_produced_id_produced FOREIGN KEY(produced_id) REFERENCES produced (id), 
	CONSTRAINT fk_letter_ticket_id_ticket FOREIGN KEY(ticket_id) REFERENCES ticket (id), 
	CONSTRAINT uq_letter_number UNIQUE (number)
);
CREATE TABLE letter_version (
	id INTEGER NOT NULL, 
	letter_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	paragraphs JSON NOT NULL, 
	written DATETIME NOT NULL, 
	written_by TEXT NOT NULL, 
	comment TEXT NOT NULL, 
	commented_by TEXT NOT NULL, 
	CONSTRAINT pk_letter_version PRIMARY KEY (id), 
	CONSTRAINT fk_letter_version_letter_id_letter FOREIGN KEY(letter_id) REFERENCES letter (id), 
	CONSTRAINT uq_letter_version_number UNIQUE (letter_id, number)
);
CREATE TABLE move (
	id INTEGER NOT NULL, 
	ticket_id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	actor TEXT NOT NULL, 
	absent TEXT NOT NULL, 
	"left" INTEGER NOT NULL, 
	"to" INTEGER NOT NULL, 
	answer TEXT NOT NULL, 
	note TEXT NOT NULL, 
	facts JSON NOT NULL, 
	CONSTRAINT pk_move PRIMARY KEY (id), 
	CONSTRAINT fk_move_ticket_id_ticket FOREIGN KEY(ticket_id) REFERENCES ticket (id)
);
INSERT INTO "move" VALUES(1,1,'2026-11-23 07:50:56.653240','ana@municipio.gob.mx','',1,2,'else','','{"devices": 2, "revision": 1}');
INSERT INTO "move" VALUES(2,1,'2026-11-23 07:50:56.668391','ana@municipio.gob.mx','',2,3,'else','','{"folio": "ADJ-P03-2026-00001", "annexes": 0, "revision": 1}');
INSERT INTO "move" VALUES(3,1,'2026-11-23 07:50:56.884976','ana@municipio.gob.mx','',3,4,'else','','{"instruction": "Censo inicial"}');
INSERT INTO "move" VALUES(4,1,'2026-11-23 07:50:56.922745','ines@municipio.gob.mx','',4,5,'no','','{}');
CREATE TABLE note (
	id INTEGER NOT NULL, 
	ticket_id INTEGER NOT NULL, 
	audience TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	author TEXT NOT NULL, 
	text TEXT NOT NULL, 
	CONSTRAINT pk_note PRIMARY KEY (id), 
	CONSTRAINT ck_note_audience CHECK (audience IN ('internal', 'public')), 
	CONSTRAINT fk_note_ticket_id_ticket FOREIGN KEY(ticket_id) REFERENCES ticket (id)
);
CREATE TABLE office_calendar (
	version INTEGER NOT NULL, 
	data JSON NOT NULL, 
	loaded DATETIME NOT NULL, 
	loaded_by TEXT NOT NULL, 
	CONSTRAINT pk_office_calendar PRIMARY KEY (version)
);
CREATE TABLE operation (
	id INTEGER NOT NULL, 
	ticket_id INTEGER NOT NULL, 
	device_id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	changes JSON NOT NULL, 
	CONSTRAINT pk_operation PRIMARY KEY (id), 
	CONSTRAINT ck_operation_kind CHECK (kind IN ('remove', 'update')), 
	CONSTRAINT fk_operation_device_id_device FOREIGN KEY(device_id) REFERENCES device (id), 
	CONSTRAINT fk_operation_ticket_id_ticket FOREIGN KEY(ticket_id) REFERENCES ticket (id)
);
CREATE TABLE outside_contact (
	ticket_id INTEGER NOT NULL, 
	email TEXT NOT NULL, 
	language TEXT NOT NULL, 
	mark TEXT NOT NULL, 
	confirmed DATETIME NOT NULL, 
	CONSTRAINT pk_outside_contact PRIMARY KEY (ticket_id), 
	CONSTRAINT ck_outside_contact_language CHECK (language IN ('es', 'en')), 
	CONSTRAINT fk_outside_contact_ticket_id_ticket FOREIGN KEY(ticket_id) REFERENCES ticket (id), 
	CONSTRAINT uq_outside_contact_mark UNIQUE (mark)
);
CREATE TABLE outside_pending (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	procedure TEXT NOT NULL, 
	email TEXT NOT NULL, 
	language TEXT NOT NULL, 
	said JSON NOT NULL, 
	files JSON NOT NULL, 
	once TEXT NOT NULL, 
	mark TEXT NOT NULL, 
	asked DATETIME NOT NULL, 
	expires DATETIME NOT NULL, 
	CONSTRAINT ck_outside_pending_language CHECK (language IN ('es', 'en')), 
	CONSTRAINT uq_outside_pending_mark UNIQUE (mark), 
	CONSTRAINT uq_outside_pending_once UNIQUE (once)
);
CREATE TABLE pass (
	id INTEGER NOT NULL, 
	point_id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	seconds FLOAT, 
	added JSON NOT NULL, 
	removed JSON NOT NULL, 
	"plan" TEXT NOT NULL, 
	steps JSON NOT NULL, 
	outcome TEXT NOT NULL, 
	problem TEXT NOT NULL, 
	times INTEGER NOT NULL, 
	CONSTRAINT pk_pass PRIMARY KEY (id), 
	CONSTRAINT fk_pass_point_id_point FOREIGN KEY(point_id) REFERENCES point (id)
);
CREATE TABLE person (
	id INTEGER NOT NULL, 
	words TEXT NOT NULL, 
	email TEXT NOT NULL, 
	name TEXT NOT NULL, 
	area_id INTEGER, 
	password TEXT, 
	active BOOLEAN NOT NULL, 
	fs_uniquifier TEXT NOT NULL, 
	last_login_at DATETIME, 
	current_login_at DATETIME, 
	last_login_ip TEXT, 
	current_login_ip TEXT, 
	login_count INTEGER, 
	CONSTRAINT pk_person PRIMARY KEY (id), 
	CONSTRAINT fk_person_area_id_area FOREIGN KEY(area_id) REFERENCES area (id), 
	CONSTRAINT uq_person_email UNIQUE (email), 
	CONSTRAINT uq_person_fs_uniquifier UNIQUE (fs_uniquifier)
);
INSERT INTO "person" VALUES(1,'ana lopez
ana@municipio.gob.mx','ana@municipio.gob.mx','Ana López',1,NULL,1,'90400c7a7b93f644eda245241c44435d',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "person" VALUES(2,'ines mora
ines@municipio.gob.mx','ines@municipio.gob.mx','Inés Mora',NULL,NULL,1,'ae176453b17c0bb2ac2c6c72def08df0',NULL,NULL,NULL,NULL,NULL);
CREATE TABLE person_role (
	person_id INTEGER NOT NULL, 
	role_id INTEGER NOT NULL, 
	CONSTRAINT pk_person_role PRIMARY KEY (person_id, role_id), 
	CONSTRAINT fk_person_role_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_person_role_role_id_role FOREIGN KEY(role_id) REFERENCES role (id)
);
INSERT INTO "person_role" VALUES(1,1);
INSERT INTO "person_role" VALUES(2,2);
CREATE TABLE point (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	profile TEXT NOT NULL, 
	host TEXT NOT NULL, 
	port INTEGER NOT NULL, 
	login TEXT NOT NULL, 
	key_file TEXT NOT NULL, 
	passphrase_file TEXT NOT NULL, 
	password_file TEXT NOT NULL, 
	host_key TEXT, 
	parameters JSON NOT NULL, 
	enabled BOOLEAN NOT NULL, 
	offered_key TEXT, 
	looked JSON, 
	network TEXT NOT NULL, 
	sites JSON NOT NULL, 
	refused_plan TEXT, 
	confirmed_plan TEXT, 
	expected_plan TEXT, 
	status TEXT NOT NULL, 
	verified JSON, 
	verified_at DATETIME, 
	tried_at DATETIME, 
	problem TEXT NOT NULL, 
	problem_code TEXT NOT NULL, 
	failures INTEGER NOT NULL, 
	retry_at DATETIME, 
	asked_at DATETIME, 
	CONSTRAINT pk_point PRIMARY KEY (id), 
	CONSTRAINT ck_point_network CHECK (network IN ('wifi', 'wired', 'both')), 
	CONSTRAINT uq_point_name UNIQUE (name)
);
CREATE TABLE produced (
	id INTEGER NOT NULL, 
	ticket_id INTEGER NOT NULL, 
	document TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	step INTEGER NOT NULL, 
	made DATETIME NOT NULL, 
	made_by TEXT NOT NULL, 
	of_version INTEGER, 
	number TEXT, 
	said JSON NOT NULL, 
	CONSTRAINT pk_produced PRIMARY KEY (id), 
	CONSTRAINT fk_produced_ticket_id_ticket FOREIGN KEY(ticket_id) REFERENCES ticket (id), 
	CONSTRAINT uq_produced_number UNIQUE (number), 
	CONSTRAINT uq_produced_version UNIQUE (ticket_id, document, version)
);
CREATE TABLE progress (
	point_id INTEGER NOT NULL, 
	delivery_id INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	steps JSON NOT NULL, 
	since DATETIME NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_progress PRIMARY KEY (point_id), 
	CONSTRAINT fk_progress_point_id_point FOREIGN KEY(point_id) REFERENCES point (id)
);
CREATE TABLE quota_unit (
	id INTEGER NOT NULL, 
	code TEXT NOT NULL, 
	CONSTRAINT pk_quota_unit PRIMARY KEY (id), 
	CONSTRAINT uq_quota_unit_code UNIQUE (code)
);
INSERT INTO "quota_unit" VALUES(1,'OBRAS');
CREATE TABLE recovery_code (
	person_id INTEGER NOT NULL, 
	sha256 TEXT NOT NULL, 
	used DATETIME, 
	CONSTRAINT pk_recovery_code PRIMARY KEY (person_id, sha256), 
	CONSTRAINT fk_recovery_code_person_id_second_factor FOREIGN KEY(person_id) REFERENCES second_factor (person_id)
);
CREATE TABLE revalidation (
	id INTEGER NOT NULL, 
	campaign_id INTEGER NOT NULL, 
	area_id INTEGER NOT NULL, 
	due DATE NOT NULL, 
	state TEXT NOT NULL, 
	answered DATETIME, 
	answered_by TEXT NOT NULL, 
	letter TEXT NOT NULL, 
	letter_name TEXT NOT NULL, 
	ended DATETIME, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_revalidation PRIMARY KEY (id), 
	CONSTRAINT ck_revalidation_state CHECK (state IN ('asked', 'answered', 'applied', 'decided')), 
	CONSTRAINT fk_revalidation_area_id_area FOREIGN KEY(area_id) REFERENCES area (id), 
	CONSTRAINT fk_revalidation_campaign_id_campaign FOREIGN KEY(campaign_id) REFERENCES campaign (id)
);
CREATE TABLE revalidation_mark (
	revalidation_id INTEGER NOT NULL, 
	device_id INTEGER NOT NULL, 
	choice TEXT NOT NULL, 
	holder TEXT NOT NULL, 
	CONSTRAINT pk_revalidation_mark PRIMARY KEY (revalidation_id, device_id), 
	CONSTRAINT ck_revalidation_mark_choice CHECK (choice IN ('', 'keep', 'remove', 'change')), 
	CONSTRAINT fk_revalidation_mark_device_id_device FOREIGN KEY(device_id) REFERENCES device (id), 
	CONSTRAINT fk_revalidation_mark_revalidation_id_revalidation FOREIGN KEY(revalidation_id) REFERENCES revalidation (id)
);
CREATE TABLE role (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	CONSTRAINT pk_role PRIMARY KEY (id), 
	CONSTRAINT uq_role_name UNIQUE (name)
);
INSERT INTO "role" VALUES(1,'liaison');
INSERT INTO "role" VALUES(2,'it');
CREATE TABLE satisfaction (
	ticket_id INTEGER NOT NULL, 
	score INTEGER NOT NULL, 
	comment TEXT NOT NULL, 
	given DATETIME NOT NULL, 
	given_by TEXT NOT NULL, 
	CONSTRAINT pk_satisfaction PRIMARY KEY (ticket_id), 
	CONSTRAINT ck_satisfaction_score CHECK (score IN (1, 2, 3, 4, 5)), 
	CONSTRAINT fk_satisfaction_ticket_id_ticket FOREIGN KEY(ticket_id) REFERENCES ticket (id)
);
CREATE TABLE second_factor (
	person_id INTEGER NOT NULL, 
	secret TEXT NOT NULL, 
	since DATETIME NOT NULL, 
	last_counter INTEGER NOT NULL, 
	CONSTRAINT pk_second_factor PRIMARY KEY (person_id), 
	CONSTRAINT fk_second_factor_person_id_person FOREIGN KEY(person_id) REFERENCES person (id)
);
CREATE TABLE sighting (
	id INTEGER NOT NULL, 
	mac TEXT NOT NULL, 
	source TEXT NOT NULL, 
	place TEXT NOT NULL, 
	port TEXT, 
	ip TEXT, 
	name TEXT, 
	fingerprint TEXT, 
	first_seen DATETIME NOT NULL, 
	last_seen DATETIME NOT NULL, 
	count INTEGER NOT NULL, 
	CONSTRAINT pk_sighting PRIMARY KEY (id), 
	CONSTRAINT uq_sighting_where UNIQUE (mac, source, place)
);
CREATE TABLE source (
	name TEXT NOT NULL, 
	last_good DATETIME, 
	good_since DATETIME, 
	last_tried DATETIME NOT NULL, 
	since DATETIME, 
	dim DATETIME, 
	ended DATETIME, 
	error TEXT NOT NULL, 
	CONSTRAINT pk_source PRIMARY KEY (name)
);
CREATE TABLE state_change (
	id INTEGER NOT NULL, 
	authorisation_id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	state TEXT NOT NULL, 
	CONSTRAINT pk_state_change PRIMARY KEY (id), 
	CONSTRAINT fk_state_change_authorisation_id_authorisation FOREIGN KEY(authorisation_id) REFERENCES authorisation (id) ON DELETE CASCADE
);
INSERT INTO "state_change" VALUES(1,1,'2026-11-23 07:50:56.641441','requested');
INSERT INTO "state_change" VALUES(2,2,'2026-11-23 07:50:56.642597','requested');
INSERT INTO "state_change" VALUES(3,1,'2026-11-23 07:50:56.904468','pushing');
INSERT INTO "state_change" VALUES(4,2,'2026-11-23 07:50:56.919015','pushing');
CREATE TABLE stay (
	id INTEGER NOT NULL, 
	mac TEXT NOT NULL, 
	source TEXT NOT NULL, 
	place TEXT NOT NULL, 
	port TEXT NOT NULL, 
	ip TEXT, 
	since DATETIME NOT NULL, 
	until DATETIME NOT NULL, 
	"before" DATETIME, 
	count INTEGER NOT NULL, 
	CONSTRAINT pk_stay PRIMARY KEY (id)
);
CREATE TABLE stored_file (
	id INTEGER NOT NULL, 
	ticket_id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	name TEXT NOT NULL, 
	sha256 TEXT NOT NULL, 
	size INTEGER NOT NULL, 
	pages INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	stored DATETIME NOT NULL, 
	stored_by TEXT NOT NULL, 
	CONSTRAINT pk_stored_file PRIMARY KEY (id), 
	CONSTRAINT fk_stored_file_ticket_id_ticket FOREIGN KEY(ticket_id) REFERENCES ticket (id)
);
CREATE TABLE stray (
	id INTEGER NOT NULL, 
	point_id INTEGER NOT NULL, 
	mac TEXT NOT NULL, 
	label TEXT NOT NULL, 
	state TEXT NOT NULL, 
	first_seen DATETIME NOT NULL, 
	last_seen DATETIME NOT NULL, 
	decided_by TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	CONSTRAINT pk_stray PRIMARY KEY (id), 
	CONSTRAINT ck_stray_state CHECK (state IN ('found', 'removing', 'removed', 'registered', 'vanished')), 
	CONSTRAINT fk_stray_point_id_point FOREIGN KEY(point_id) REFERENCES point (id)
);
CREATE TABLE substitution (
	id INTEGER NOT NULL, 
	person_id INTEGER NOT NULL, 
	role TEXT NOT NULL, 
	absent_id INTEGER NOT NULL, 
	first DATE NOT NULL, 
	last DATE NOT NULL, 
	CONSTRAINT pk_substitution PRIMARY KEY (id), 
	CONSTRAINT ck_substitution_days CHECK (first <= last), 
	CONSTRAINT fk_substitution_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_substitution_absent_id_person FOREIGN KEY(absent_id) REFERENCES person (id)
);
CREATE TABLE table_change (
	name TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	CONSTRAINT pk_table_change PRIMARY KEY (name)
);
INSERT INTO "table_change" VALUES('area',1);
INSERT INTO "table_change" VALUES('quota_unit',1);
INSERT INTO "table_change" VALUES('person',3);
INSERT INTO "table_change" VALUES('role',3);
INSERT INTO "table_change" VALUES('authorisation',10);
INSERT INTO "table_change" VALUES('device',7);
INSERT INTO "table_change" VALUES('interface',10);
INSERT INTO "table_change" VALUES('move',10);
INSERT INTO "table_change" VALUES('ticket',10);
CREATE TABLE taking (
	id INTEGER NOT NULL, 
	ticket_id INTEGER NOT NULL, 
	person_id INTEGER NOT NULL, 
	role TEXT NOT NULL, 
	since DATETIME NOT NULL, 
	handed_by TEXT NOT NULL, 
	instruction TEXT NOT NULL, 
	ended DATETIME, 
	ended_by TEXT NOT NULL, 
	CONSTRAINT pk_taking PRIMARY KEY (id), 
	CONSTRAINT ck_taking_ended_by CHECK (ended_by IN ('', 'given_back', 'handed_over', 'taken_over', 'passed')), 
	CONSTRAINT ck_taking_ended_somehow CHECK ((ended IS NULL) = (ended_by = '')), 
	CONSTRAINT fk_taking_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_taking_ticket_id_ticket FOREIGN KEY(ticket_id) REFERENCES ticket (id)
);
CREATE TABLE ticket (
	id INTEGER NOT NULL, 
	words TEXT NOT NULL, 
	procedure TEXT NOT NULL, 
	definition TEXT NOT NULL, 
	folio TEXT, 
	area_id INTEGER NOT NULL, 
	referred_id INTEGER, 
	origin_id INTEGER, 
	applicant_id INTEGER, 
	entered_by TEXT NOT NULL, 
	form JSON NOT NULL, 
	step INTEGER NOT NULL, 
	status TEXT NOT NULL, 
	revision INTEGER NOT NULL, 
	opened DATETIME NOT NULL, 
	sent DATETIME, 
	received DATETIME, 
	received_by TEXT NOT NULL, 
	annexes INTEGER NOT NULL, 
	due DATETIME, 
	closed DATETIME, 
	outcome TEXT NOT NULL, 
	duplicate_of_id INTEGER, 
	late_reason TEXT NOT NULL, 
	late_words TEXT NOT NULL, 
	emptied DATETIME, 
	once TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_ticket PRIMARY KEY (id), 
	CONSTRAINT fk_ticket_applicant_id_person FOREIGN KEY(applicant_id) REFERENCES person (id), 
	CONSTRAINT fk_ticket_area_id_area FOREIGN KEY(area_id) REFERENCES area (id), 
	CONSTRAINT fk_ticket_definition_definition FOREIGN KEY(definition) REFERENCES definition (sha256), 
	CONSTRAINT fk_ticket_origin_id_ticket FOREIGN KEY(origin_id) REFERENCES ticket (id), 
	CONSTRAINT fk_ticket_referred_id_area FOREIGN KEY(referred_id) REFERENCES area (id), 
	CONSTRAINT fk_ticket_duplicate_of_id_ticket FOREIGN KEY(duplicate_of_id) REFERENCES ticket (id), 
	CONSTRAINT uq_ticket_once UNIQUE (area_id, once), 
	CONSTRAINT uq_ticket_folio UNIQUE (folio)
);
INSERT INTO "ticket" VALUES(1,'adj-p03-2026-00001

trabajo de campo','ADJ-P03','e3d2d44d7acc5526002e1f923a5630eb603bddc6a88da66a2d1cc27eafc26e01','ADJ-P03-2026-00001',1,NULL,NULL,1,'','{"purpose": "Trabajo de campo", "request_kind": "add"}',5,'en_atencion',1,'2026-11-23 07:50:56.635382','2026-11-23 07:50:56.648349','2026-11-23 07:50:56.665842','ana@municipio.gob.mx',0,'2026-11-26 07:50:56.668391',NULL,'',NULL,'','',NULL,'HaG0jzugINz6cYEiK9sYcQ',8);
CREATE TABLE trait (
	id INTEGER NOT NULL, 
	mac TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	value TEXT NOT NULL, 
	first_seen DATETIME NOT NULL, 
	last_seen DATETIME NOT NULL, 
	accepted BOOLEAN NOT NULL, 
	CONSTRAINT pk_trait PRIMARY KEY (id), 
	CONSTRAINT uq_trait UNIQUE (mac, kind, value)
);
CREATE TABLE try_count (
	"key" TEXT NOT NULL, 
	hits INTEGER NOT NULL, 
	expires DATETIME NOT NULL, 
	CONSTRAINT pk_try_count PRIMARY KEY ("key")
);
CREATE TABLE verdict (
	id INTEGER NOT NULL, 
	mac TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	until DATETIME, 
	decided DATETIME NOT NULL, 
	decided_by TEXT NOT NULL, 
	lifted DATETIME, 
	lifted_by TEXT NOT NULL, 
	CONSTRAINT pk_verdict PRIMARY KEY (id), 
	CONSTRAINT ck_verdict_kind CHECK (kind IN ('ignored', 'blocked'))
);
CREATE UNIQUE INDEX uq_alert_key ON alert ("key") WHERE state <> 'closed';
CREATE INDEX ix_audit_event_name ON audit_event (name);
CREATE INDEX ix_audit_event_subject ON audit_event (subject);
CREATE INDEX ix_delivery_due ON delivery (state, due);
CREATE UNIQUE INDEX uq_delivery_running ON delivery (kind, target) WHERE state = 'running';
CREATE UNIQUE INDEX uq_delivery_waiting ON delivery (kind, target) WHERE state = 'waiting';
CREATE INDEX ix_sighting_name ON sighting (lower(name));
CREATE INDEX ix_sighting_last_seen ON sighting (last_seen, mac, source);
CREATE INDEX ix_sighting_mac ON sighting (mac, last_seen, source);
CREATE INDEX ix_stay_where ON stay (place, until, source, since, mac);
CREATE INDEX ix_stay_mac ON stay (mac, until);
CREATE INDEX ix_stay_until ON stay (until, since, mac, source, place, port);
CREATE INDEX ix_ip_stay_ip ON ip_stay (ip, until);
CREATE INDEX ix_ip_stay_mac ON ip_stay (mac, until);
CREATE INDEX ix_ip_stay_until ON ip_stay (until);
CREATE INDEX ix_trait_last_seen ON trait (last_seen);
CREATE UNIQUE INDEX uq_verdict_mac ON verdict (mac) WHERE lifted IS NULL;
CREATE INDEX ix_headship_area_id ON headship (area_id);
CREATE INDEX ix_ticket_closed ON ticket (closed);
CREATE INDEX ix_ticket_duplicate_of_id ON ticket (duplicate_of_id);
CREATE INDEX ix_move_ticket_id ON move (ticket_id);
CREATE INDEX ix_api_token_person_id ON api_token (person_id);
CREATE INDEX ix_kept_answer_at ON kept_answer (at);
CREATE INDEX ix_pass_point_id ON pass (point_id);
CREATE UNIQUE INDEX uq_stray_open ON stray (point_id, mac) WHERE state IN ('found', 'removing');
CREATE INDEX ix_produced_ticket_id ON produced (ticket_id);
CREATE INDEX ix_letter_ticket_id ON letter (ticket_id);
CREATE UNIQUE INDEX uq_letter_of_ticket ON letter (ticket_id) WHERE state <> 'void' AND produced_id IS NULL;
CREATE INDEX ix_letter_produced_id ON letter (produced_id);
CREATE UNIQUE INDEX uq_letter_of_produced ON letter (produced_id) WHERE state <> 'void' AND produced_id IS NOT NULL;
CREATE INDEX ix_stored_file_ticket_id ON stored_file (ticket_id);
CREATE INDEX ix_outside_pending_email ON outside_pending (email);
CREATE INDEX ix_outside_contact_email ON outside_contact (email);
CREATE INDEX ix_device_area_id ON device (area_id);
CREATE INDEX ix_device_ticket_id ON device (ticket_id);
CREATE INDEX ix_operation_device_id ON operation (device_id);
CREATE INDEX ix_operation_ticket_id ON operation (ticket_id);
CREATE UNIQUE INDEX uq_authorisation_slot ON authorisation (quota_unit_id, slot) WHERE slot IS NOT NULL;
CREATE INDEX ix_former_address_device_id ON former_address (device_id);
CREATE INDEX ix_former_address_hash ON former_address (hash);
CREATE INDEX ix_interface_device_id ON interface (device_id);
CREATE INDEX ix_interface_mac ON interface (mac);
CREATE UNIQUE INDEX uq_interface_live_mac ON interface (mac) WHERE live;
CREATE UNIQUE INDEX uq_interface_one_per_phone ON interface (device_id) WHERE device_kind = 'phone';
CREATE INDEX ix_authorisation_state ON authorisation (state);
CREATE UNIQUE INDEX uq_authorisation_one_swap ON authorisation (replaces_id) WHERE state = 'waiting_swap';
CREATE INDEX ix_state_change_authorisation_id ON state_change (authorisation_id);
CREATE UNIQUE INDEX uq_authorisation_three_phones ON authorisation (quota_unit_id, (abs(coalesce(slot, 0)) % 3)) WHERE kind = 'phone' AND state IN ('pushing', 'active', 'suspended', 'removing') AND grandfathered_until IS NULL;
CREATE INDEX ix_revalidation_campaign_id ON revalidation (campaign_id);
CREATE UNIQUE INDEX uq_revalidation_open ON revalidation (area_id) WHERE state IN ('asked', 'answered');
CREATE INDEX ix_taking_ticket_id ON taking (ticket_id);
CREATE UNIQUE INDEX uq_taking_open ON taking (ticket_id) WHERE ended IS NULL;
CREATE INDEX ix_note_ticket_id ON note (ticket_id);
CREATE TRIGGER authorisation_excess_is_not_born BEFORE INSERT ON authorisation
       WHEN NEW.grandfathered_until IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a phone is grandfathered only by a merger'); END;
CREATE TRIGGER authorisation_excess_comes_of_merging BEFORE UPDATE ON authorisation
       WHEN NEW.grandfathered_until IS NOT NULL AND OLD.grandfathered_until IS NULL AND (OLD.slot IS NULL OR
         (SELECT count(*) FROM authorisation WHERE quota_unit_id = NEW.quota_unit_id AND id <> NEW.id
           AND slot IS NOT NULL) < 3)
       BEGIN SELECT RAISE(ABORT, 'a phone is grandfathered only by a merger'); END;
CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event
       BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event
       BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_event_no_replace BEFORE INSERT ON audit_event
       WHEN EXISTS (SELECT 1 FROM audit_event WHERE seq = NEW.seq)
       BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
DELETE FROM "sqlite_sequence";
COMMIT;
