package webtest

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestDeadWithoutScript(t *testing.T) {
	for page, dead := range map[string]int{
		`<a href="/x">x</a><a aria-disabled="true">x</a>`:                                            0,
		`<a>x</a><a href="#">x</a><a href="/x" role="button">x</a>`:                                  3,
		`<button type="button">x</button><button>x</button>`:                                         2,
		`<div class="a js-only"><button type="button">x</button></div><template><a>x</a></template>`: 0,
		`<button popovertarget="m">x</button><div id="m" popover></div>`:                             0,
		`<button popovertarget="m">x</button>`:                                                       1,
		`<form method="get" action="/"><select></select><button class="no-js">x</button></form>`:     0,
		`<form method="get" action="/"><select></select><button class="js-only">x</button></form>`:   1,
		`<form method="get" action="/"><input type="search"></form><input readonly>`:                 0,
		`<input type="search">`: 1,
		`<form id="f" method="post" action="/"><button>x</button></form><input form="f">`: 0,
		`<form hx-post="/"><button>x</button></form>`:                                     1,
	} {
		root, err := html.Parse(strings.NewReader(page))
		if err != nil {
			t.Fatal(err)
		}
		if got := deadWithoutScript(root); len(got) != dead {
			t.Errorf("in %s these are dead: %q", page, got)
		}
	}
}
