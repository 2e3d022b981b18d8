//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

// choose chooses a file with that content.
func choose(p *Page, sel, content string) {
	p.t.Helper()
	Eval[any](p, `(files => {
		files.items.add(new File([`+literal(content)+`], "tokens.csv"));
		document.querySelector(`+literal(sel)+`).files = files.files;
	})(new DataTransfer())`)
}

// TestAnImportSaysWhatItMade as soon as the file with the secrets is there, also
// where somebody is asked for a proof before, and the focus is where it says so.
func TestAnImportSaysWhatItMade(t *testing.T) {
	p, program := signedIn(t)
	p.Open("/tokens/import")
	choose(p, "[name=file]", "name,scopes,type\nnightly,ManageCluster,system\nweekly,NoSuchScope,system\n")
	p.Click("#import-form [data-save]")
	p.WaitFor(`td:has-text("Ready")`)
	Eval[any](p, `(make => {
		window.saved = [];
		URL.createObjectURL = blob => { blob.text().then(text => saved.push(text)); return make.call(URL, blob); };
	})(URL.createObjectURL)`)
	forgetProofs(t, program)
	p.Click("#import-run button")
	p.Fill("#proof-password", ownerPassword)
	p.Press("Enter")
	p.WantText("[data-outcome]", "1 token of this file is there.")
	p.WaitFor(`td:has-text("Made")`)
	p.WaitGone("#proof-password")
	p.WaitGone("#import-run")
	if !Eval[bool](p, `document.activeElement.matches("[data-outcome]")`) {
		t.Errorf("the focus is on %q", focused(p))
	}
	if saved := Eval[[]string](p, "saved"); len(saved) != 1 || strings.Count(saved[0], "~lk_") != 1 || !strings.Contains(saved[0], "NoSuchScope") {
		t.Errorf("saved is %q", saved)
	}
	p.Click("#import-rotate button")
	p.want("want a second file", "", "return saved.length === 2 ? '' : saved.length")
	if saved := Eval[[]string](p, "saved"); saved[0] == saved[1] || strings.Count(saved[1], "~lk_") != 1 {
		t.Errorf("saved is then %q", saved)
	}
	p.SetViewport(390, 900)
	p.WantText("tbody td", "Line 2")
}

// TestAnImportWhoseFileWasLost shows what was made all the same, and gives new secrets.
func TestAnImportWhoseFileWasLost(t *testing.T) {
	p, _ := signedIn(t)
	p.Allow("the download broke off")
	p.Open("/tokens/import")
	choose(p, "[name=file]", "name,scopes,type\nnightly,ManageCluster,system\n")
	p.Click("#import-form [data-save]")
	p.WaitFor(`td:has-text("Ready")`)
	Eval[any](p, `(fetch => {
		window.fetch = async (...asked) => {
			const answer = await fetch(...asked);
			if (asked[1]?.method !== "POST") return answer;
			await answer.text();
			throw new TypeError("the download broke off");
		};
	})(fetch)`)
	p.Click("#import-run button")
	p.WantText("[data-outcome]", "1 token of this file is there.")
	p.WaitGone("#import-run")
	p.WaitFor("#import-rotate button")
	p.WaitFor("[data-generic]")
}
