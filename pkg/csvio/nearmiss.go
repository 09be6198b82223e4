package csvio

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// words are headings that people give to the system attributes, folded; in English, and where the lists of other
// countries were seen, in their languages. They are only ever suggested.
func words() map[string]string {
	w := make(map[string]string)
	for name, list := range map[string]string{
		schema.AccountName: "login,user,userid,username,useraccount,account,accountid,id,uid,samaccountname,loginname,logonname,networkid,ntlogin,contractorid,externalid,personid,recordid,recid,benutzername,kennung,konto,identifiant,usuario",
		schema.FirstName:   "first,givenname,given,forename,christianname,vorname,prénom,prenom,nombre,nome,voornaam",
		schema.LastName:    "last,surname,family,familyname,sn,nachname,familienname,nom,apellido,apellidos,cognome,achternaam",
		schema.PhoneName:   "phonenumber,telephone,telephonenumber,tel,mobile,mobilephone,mobilenumber,cell,cellphone,contactnumber,telefon,telefonnummer,handy,mobil,téléphone,telephone,teléfono,telefono,telefoon",
		schema.EmailName:   "mail,emailaddress,emailid,workemail,contactemail,businessemail,courriel,correo,correoelectrónico,emailadresse,mailadresse,posta",
		schema.Manager:     "managername,manageraccount,managerid,supervisor,linemanager,boss,reportsto,sponsor,responsible,contactperson,vorgesetzter,vorgesetzte,verantwortlich,chef,jefe,responsable,responsabile",
		schema.StartDate:   "start,begin,begindate,from,validfrom,contractstart,contractstartdate,startofcontract,hiredate,joindate,onboarding,effectivedate,eintritt,eintrittsdatum,beginn,vertragsbeginn,startdatum,datedébut,datededébut,fechainicio,fechadeinicio,inizio",
		schema.EndDate:     "end,finish,until,to,validto,validuntil,expiry,expirydate,expires,expirationdate,contractend,contractenddate,endofcontract,leavedate,termination,terminationdate,lastday,offboarding,austritt,austrittsdatum,ende,vertragsende,enddatum,datefin,datedefin,fechafin,fechadefin,fine",
	} {
		for word := range strings.SplitSeq(list, ",") {
			w[word] = name
		}
	}
	return w
}

// families are headings of which lists and sources use one as well as another for the same attribute of a source's own, folded.
func families() [][]string {
	return [][]string{
		{"vendor", "vendorname", "company", "companyname", "supplier", "suppliername", "firm", "employer", "agency", "contractingcompany", "firma", "firmenname", "lieferant", "dienstleister", "unternehmen", "société", "fournisseur", "proveedor", "empresa", "fornitore", "azienda", "leverancier", "bedrijf"},
		{"costcenter", "costcentre", "costcenternumber", "costcentrenumber", "cc", "kostenstelle", "kst", "kostenstellennummer", "centredecoût", "centredecoûts", "centrodecosto", "centrodecostos", "centrodecoste", "centrodicosto", "kostenplaats"},
	}
}

// akin gives the attribute of whose name or label a folded heading is another word, or "".
func akin(key string, s *schema.Schema) string {
	for _, family := range families() {
		if !slices.Contains(family, key) {
			continue
		}
		for _, a := range s.Attributes {
			if !a.System && (slices.Contains(family, fold(a.TechnicalName)) || slices.Contains(family, fold(a.Label))) {
				return a.TechnicalName
			}
		}
	}
	return ""
}

// nearest gives the attribute that a heading seems to mean, or "": a word that people use for it, or a name or label at
// most two typing errors away.
func nearest(heading string, s *schema.Schema) string {
	key := strings.TrimRight(fold(heading), ".:*") // an abbreviation, or a column that is marked as required
	if key == "" {
		return ""
	}
	if name, ok := words()[key]; ok {
		if _, ok := s.Attribute(name); ok {
			return name
		}
	}
	if name := akin(key, s); name != "" {
		return name
	}
	best, least := "", 3
	for _, a := range s.Attributes {
		for _, word := range []string{a.TechnicalName, a.Label} {
			w := fold(word)
			if len(w) < 4 && w != key {
				continue
			}
			if d := distance(key, w, least); d < least && d*3 <= len([]rune(w)) {
				best, least = a.TechnicalName, d
			}
		}
	}
	return best
}

// didYouMean is the beginning of a hint, or "" where nothing is near.
func didYouMean(word string, among []string) string {
	best, least := "", 3
	for _, a := range among {
		if d := distance(fold(word), fold(a), least); d < least && d*2 < len([]rune(word)) {
			best, least = strings.TrimSpace(a), d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q? ", best)
}

// distance is the number of letters to change, add, drop or swap with their neighbour to make b of a; limit or more is
// not told apart.
func distance(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) >= limit || len(y)-len(x) >= limit {
		return limit
	}
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return min(last[len(y)], limit)
}
