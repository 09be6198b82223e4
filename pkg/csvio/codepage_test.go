package csvio

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// Lists of names as systems of many countries write them, and the code pages that they are found to be in.
func TestCodePagesAreFoundOut(t *testing.T) {
	for _, tt := range []struct {
		why   string
		e     encoding.Encoding
		name  string
		names string
	}{
		{"German", charmap.Windows1252, "Windows-1252", "Jürgen Müller,Björn Groß,Änne Weiß,JÖRG MÜLLER"},
		{"French", charmap.Windows1252, "Windows-1252", "Zoë Lefèvre,François Bélanger,Hélène Cœur,Aÿ D’Évreux"},
		{"Iberian", charmap.Windows1252, "Windows-1252", "João Gonçalves,Nuño Peña,Mª José Núñez,Íñigo López"},
		{"Nordic", charmap.Windows1252, "Windows-1252", "Øyvind Åberg,Søren Kjær,Åsa Sjöström,Ægir Jensen"},
		{"Icelandic", charmap.Windows1252, "Windows-1252", "Þórður Sigurðsson,Guðrún Jónsdóttir,Ýr Þór,Ævar Örn"},
		{"of a whole continent", charmap.Windows1252, "Windows-1252", "Jürgen Groß,François Lefèvre,João Peña,Søren Åberg,Þór Sigurðsson,Tomáš Novák,Žofie Šimáková,Ann O’Brien,Acme® Ltd “A”,Renée – Zoë"},
		{"one German", charmap.Windows1252, "Windows-1252", "Ann Müller,Bea Lee"},
		{"one odd word", charmap.Windows1252, "Windows-1252", "Ann Thoråsèn,Bea Lee"},
		{"capitals with ß", charmap.Windows1252, "Windows-1252", "PETER WEIßMÜLLER,Anna SÜß"},
		{"Spanish signs", charmap.Windows1252, "Windows-1252", "Ann Lee ¡Hola!,Bea Lee"},
		{"French with a newer letter", charmap.ISO8859_15, "iso-8859-15", "Jean Lebœuf,Zoé Cœur,Luc Bœuf"},
		{"Croatian", charmap.Windows1250, "windows-1250", "Ivana Kovačić,Đuro Šarić,Luka Matošić,Željko Marić,Dražen Jurčić,Maja Perić"},
		{"Estonian", charmap.Windows1257, "windows-1257", "Šarlotte Tõnisson,Žanna Šults,Õnne Käär,Ülle Põld,Žorž Šmidt"},
		{"Turkish in capitals", charmap.Windows1254, "windows-1254", "ŞÜKRÜ YILDIZ,İLKER DOĞAN,AYŞE ÇAĞLAR,GÜLŞEN ÖZDOĞAN"},
		{"Russian with prose", charmap.Windows1251, "windows-1251", "Иван Петров договор продлён до конца года,Ольга Смирнова нет"},
		{"Greek with prose", charmap.Windows1253, "windows-1253", "Νίκος Παπαδόπουλος νέα σύμβαση,Μαρία Γεωργίου όχι"},
		{"Polish and German", charmap.Windows1250, "windows-1250", "Michał Müller,Łukasz Groß,Jürgen Gołąb,Żaneta König"},
		{"Polish", charmap.Windows1250, "windows-1250", "Łukasz Wiśniewski,Michał Kowalczyk,Żaneta Gołąb,Stanisław Wójcik"},
		{"one Polish", charmap.Windows1250, "windows-1250", "Michał Nowak,Anna Nowak"},
		{"Czech", charmap.Windows1250, "windows-1250", "Jiří Novák,Šárka Dvořáková,Zdeněk Čermák,Přemysl Růžička"},
		{"Hungarian", charmap.Windows1250, "windows-1250", "Győző Szűcs,Ödön Kőszegi,Ágnes Vörös,Erzsébet Győri,Gergő Fülöp,Jenő Hűvös"},
		{"Polish of another system", charmap.ISO8859_2, "iso-8859-2", "Łukasz Wiśniewski,Żaneta Gołąb,Święta Ćwik,Józef Śliwa"},
		{"Turkish", charmap.Windows1254, "windows-1254", "Şükrü Yıldız,İlker Doğan,Ayşe Çağlar,Gülşen Özdoğan,Işıl Güneş"},
		{"Lithuanian", charmap.Windows1257, "windows-1257", "Šarūnas Žukauskas,Rūta Kazlauskienė,Jūratė Šimkutė,Eglė Žąsytė,Aušra Čepaitė"},
		{"German of an old Mac", charmap.Macintosh, "macintosh", "Jürgen Müller,Björn Groß,Änne Weiß"},
		{"Russian", charmap.Windows1251, "windows-1251", "Иван Петров,Ольга Смирнова"},
		{"Russian of another system", charmap.KOI8R, "koi8-r", "Иван Петров,Ольга Смирнова"},
		{"Greek", charmap.Windows1253, "windows-1253", "Νίκος Παπαδόπουλος,Μαρία Γεωργίου"},
		{"Hebrew", charmap.Windows1255, "windows-1255", "דוד כהן,שרה לוי,יוסף מזרחי"},
		{"Arabic", charmap.Windows1256, "windows-1256", "محمد أحمد,فاطمة علي,خالد حسن"},
		{"Chinese", simplifiedchinese.GB18030, "gb18030", "张伟明,李娜,王芳芳,刘洋洋,陈静怡,赵军,黄丽华,周杰伦"},
		{"Chinese of Taiwan", traditionalchinese.Big5, "big5", "陳怡君,林志明,黃淑芬,張雅婷,李建宏"},
		{"Japanese", japanese.ShiftJIS, "shift_jis", "田中太郎,佐藤花子,鈴木さくら"},
		{"Korean", korean.EUCKR, "euc-kr", "김민수,이서연,박지훈,최유진"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			text := "accountName,name,vendor\n"
			for i, name := range strings.Split(tt.names, ",") {
				text += fmt.Sprintf("p%d,%s,x\n", i, name)
			}
			in, err := tt.e.NewEncoder().String(text)
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			found, err := Rows(t.Context(), write(t, in), Options{}, func(cells []string) error {
				got.WriteString(strings.Join(cells, ",") + "\n")
				return nil
			}, func(f schema.Finding) error {
				t.Errorf("finding %+v", f)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(found.Dialect, tt.name) || got.String() != text {
				t.Errorf("%s\ngot  %q\nwant %q", found.Dialect, got.String(), text)
			}
		})
	}
}

// Where words are odd in the code page that is taken, that is said.
func TestDoubtOfACodePageIsSaid(t *testing.T) {
	in, err := Rows(t.Context(), write(t, "a,b\n1,Thor\xe5s\xe8n\n2,Jos\xe9\n3,M\xfcller\n"), Options{}, func([]string) error { return nil }, func(schema.Finding) error { return nil })
	if want := "in doubt: it is not UTF-8, and what windows-1250 reads as ĺ č would be å è in Windows-1252"; err != nil || !strings.Contains(in.Dialect, want) {
		t.Errorf("got %q, %v, want %q in it", in.Dialect, err, want)
	}
}

// A row that failed is written whatever stands in it, also what is no character of its encoding.
func TestFailedRowsOfWhatDoesNotDecode(t *testing.T) {
	l, err := Open(t.Context(), write(t, "accountName,firstName\nann,Zo\x81\xeb\n"), testSchema(), Options{Encoding: "windows-1252"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var out strings.Builder
	err = WriteFailed(t.Context(), &out, l, func(each func(Failure) error) error {
		return l.Blocks(t.Context(), func(b *schema.Block) error {
			return each(Failure{Ref: b.Rows[0], Code: "E-ENCODING", Problem: "firstName: it does not decode"})
		})
	})
	if err != nil || !strings.Contains(out.String(), "ann,Zo?\xeb,") {
		t.Errorf("%v, got %q", err, out.String())
	}
}
