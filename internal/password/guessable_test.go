package password

import (
	"strings"
	"testing"
	"time"

	"github.com/trustelem/zxcvbn/frequency"
)

func TestGuessable(t *testing.T) {
	me := []string{"Jane.Doe@example.com", "Jane Doe"}
	for password, want := range map[string]bool{
		"password":                     true,
		"PassWord1234":                 true,
		"P@ssw0rd!P@ssw0rd!":           true,
		"aaaaaaaaaaaa":                 true,
		"aaaaaaaaaaaabbbb":             true,
		"éééééééééééé":                 true,
		"парольпароль":                 true,
		"123456789012":                 true,
		"abcdefghijkl":                 true,
		"qwertyuiopas":                 true,
		"qwerty123456":                 true,
		"iloveyouforever":              true,
		"ｐａｓｓｗｏｒｄ１２３４":                 true,
		"jane.doe@example.com":         true,
		"JANE.DOE@EXAMPLE.COM":         true,
		"janedoe janedoe":              true,
		"janedoe2026":                  true,
		"example.com!":                 true,
		strings.Repeat("a", 1000):      true,
		strings.Repeat("letmein", 100): true,
		"correct horse battery staple": false,
		"tulip anvil copper":           false,
		"kP2-vb81-Qxa0":                false,
		"лошадь батарея скрепка":       false,
		"馬電池正確釘書機完全無關係":                false,
		"jane likes copper anvils":     false,
	} {
		if got := Guessable(password, me...); got != want {
			t.Errorf("Guessable(%.40q) = %v, want %v", password, got, want)
		}
	}
}

func TestNamesInAnyScriptAreGuessable(t *testing.T) {
	for _, password := range []string{"josémartínez12", "JoséMartínez", "МарияМария12"} {
		if !Guessable(password, "José Martínez", "мария@пример.рф") {
			t.Errorf("%q is accepted", password)
		}
	}
}

func TestTheCommonPasswordsAreGuessable(t *testing.T) {
	list := frequency.FrequencyLists["passwords"]
	if len(list) < 10_000 {
		t.Fatalf("the list has only %d passwords", len(list))
	}
	for _, password := range list[:3000] {
		if !Guessable(password) || !Guessable(strings.ToUpper(password)) {
			t.Errorf("%q is accepted", password)
		}
	}
}

// TestJudgingStaysQuick guards against texts made to take long. The bound is
// loose for slow machines; typical passwords take under a millisecond.
func TestJudgingStaysQuick(t *testing.T) {
	Guessable("warm up the tables")
	for _, password := range []string{
		strings.Repeat("4@8({[<369|!105$+7%2zx", 40), strings.Repeat("a", 4000), strings.Repeat("a1", 2000),
		strings.Repeat("aab", 2000) + "c", strings.Repeat("1987", 1000) + "x", strings.Repeat("qwerty7$x", 500) + "y",
		strings.Repeat("é", 5000),
	} {
		start := time.Now()
		Guessable(password, strings.Repeat("x@y.", 4000), strings.Repeat("4@8(", 1000))
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("%.30q… took %v", password, took)
		} else {
			t.Logf("%.30q… took %v", password, took)
		}
	}
}

func FuzzGuessable(f *testing.F) {
	f.Add("pässwörd", "josé", "x")
	f.Add("\xff\xfe", "\xc3", "")
	f.Add("", "", "")
	f.Fuzz(func(t *testing.T, password, email, name string) { Guessable(password, email, name) })
}
