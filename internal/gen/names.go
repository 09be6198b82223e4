package gen

// name is a part of a person's name and its plain spelling, of which account names and mail addresses are made.
type name struct {
	written string
	plain   string
}

// The pools below are made of common names. Nobody in particular is meant by any combination of them.

var plainFirstNames = [...]string{
	"Alan", "Maria", "John", "Sofia", "Peter", "Laura", "Thomas", "Anna", "Mark", "Elena", "David", "Nina", "Paul", "Clara", "Simon",
	"Ruth", "Oliver", "Irene", "Martin", "Julia", "Samuel", "Helen", "Victor", "Diana", "Oscar", "Grace", "Felix", "Emma", "Hugo", "Vera",
	"Leon", "Alice", "Jonas", "Marta", "Adrian", "Carla", "Bruno", "Lena", "Ivan", "Rosa", "Dennis", "Paula", "Erik", "Tessa", "Frank",
	"Amara", "Kofi", "Priya",
}

var accentedFirstNames = [...]name{
	{"Jürgen", "Juergen"}, {"Zoë", "Zoe"}, {"François", "Francois"}, {"Søren", "Soren"}, {"Łukasz", "Lukasz"}, {"Núria", "Nuria"},
	{"Jiří", "Jiri"}, {"Ágnes", "Agnes"}, {"Günther", "Guenther"}, {"Åsa", "Asa"}, {"José", "Jose"}, {"Chloé", "Chloe"},
	{"Γιώργος", "Giorgos"}, {"Дмитрий", "Dmitri"}, {"Олена", "Olena"}, {"陽子", "Yoko"}, {"伟", "Wei"}, {"민준", "Minjun"},
	{"محمد", "Mohammed"}, {"נועה", "Noa"}, {"आशा", "Asha"}, {"İrem", "Irem"}, {"Đorđe", "Djordje"}, {"Þóra", "Thora"},
}

var plainLastNames = [...]string{
	"Smith", "Garcia", "Rossi", "Novak", "Jansen", "Martin", "Silva", "Brown", "Weber", "Meyer", "Dubois", "Lopez", "Kowalski", "Nilsen",
	"Berg", "Costa", "Ferrari", "Schmidt", "Murphy", "Walker", "Young", "Hansen", "Moreau", "Fischer", "Bakker", "Popescu", "Ivanov",
	"Horvat", "Nagy", "Romano", "Santos", "Clarke", "Keller", "Lambert", "Visser", "Olsen", "Turner", "Baker", "Huber", "Wagner", "Marino",
	"Okafor", "Mensah", "Patel", "Khan", "Nguyen", "Tanaka", "Kim",
}

var accentedLastNames = [...]name{
	{"Müller", "Mueller"}, {"Łukasiewicz", "Lukasiewicz"}, {"Sørensen", "Sorensen"}, {"Öztürk", "Oztuerk"}, {"García", "Garcia"},
	{"Dvořák", "Dvorak"}, {"Gonçalves", "Goncalves"}, {"Szabó", "Szabo"}, {"Lindström", "Lindstroem"}, {"Đorđević", "Djordjevic"},
	{"Çelik", "Celik"}, {"Lefèvre", "Lefevre"}, {"Παπαδόπουλος", "Papadopoulos"}, {"Соколова", "Sokolova"}, {"Шевченко", "Shevchenko"},
	{"山田", "Yamada"}, {"王", "Wang"}, {"김", "Gim"}, {"حداد", "Haddad"}, {"לוי", "Levi"}, {"शर्मा", "Sharma"}, {"Nuñez", "Nunez"},
	{"Kovačić", "Kovacic"}, {"Jónsdóttir", "Jonsdottir"},
}

// The first vendors are written without quotes in a list, the others need them.
var vendors = [...]string{
	"Brightwater", "Nordlicht IT", "Aurora Staffing", "Contoso Services", "Delta Field Work", "Evergreen Labs", "Fjord Consulting",
	"Granite Partners", "Helix Data", "Ironbridge", "Juniper Works", "Kestrel Analytics", "Lumen Design", "Meridian", "Northgate",
	"Orchard Software",
	"Peak, Stone & Co.", "Quill, Inc.", "Ridge Systems, Ltd.", "Sable, Moss & Finch", "Tern Logistics, S.A.", "Umber, LLC",
	`Studio "Vista"`, "Willow, Ash & Elm",
}

const plainVendors = 16

var sites = [...]string{"BER", "MUC", "PAR", "MAD", "MIL", "AMS", "WAW", "PRG", "VIE", "CPH", "OSL", "LIS", "ATH", "DUB", "ZRH"}

var departments = [...]string{"Finance", "Operations", "Research", "Legal", "Logistics", "Facilities", "Data Platform", "Service Desk"}

var jobs = [...]string{"Analyst", "Developer", "Tester", "Technician", "Architect", "Trainer", "Coordinator", "Electrician"}
