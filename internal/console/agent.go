package console

import "strings"

// browsers are the marks of browsers in what they send of themselves, the more
// particular ones first: each claims to be those behind it, too.
var browsers = []struct{ mark, name string }{
	{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"OPR/", "Opera"}, {"Vivaldi/", "Vivaldi"}, {"SamsungBrowser/", "Samsung Internet"},
	{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"HeadlessChrome/", "Chrome"}, {"Chrome/", "Chrome"},
	{"Safari/", "Safari"}, {"curl/", "curl"}, {"Wget/", "Wget"},
}

// systems are the marks of what browsers run on.
var systems = []struct{ mark, name string }{
	{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"CrOS", "ChromeOS"}, {"Windows", "Windows"},
	{"Mac OS X", "Mac"}, {"Linux", "Linux"}, {"FreeBSD", "FreeBSD"},
}

// agentNameLimit bounds the name of what is not known, in bytes of ASCII.
const agentNameLimit = 40

// AgentName says in words what a browser says of itself: "Firefox on Linux".
func AgentName(agent string) string {
	browser, system := "", ""
	for _, b := range browsers {
		if browser == "" && strings.Contains(agent, b.mark) {
			browser = b.name
		}
	}
	for _, s := range systems {
		if system == "" && strings.Contains(agent, s.mark) {
			system = s.name
		}
	}
	switch {
	case browser != "" && system != "":
		return browser + " on " + system
	case browser != "":
		return browser
	case system != "":
		return "A browser on " + system
	}
	name, _, _ := strings.Cut(agent, " ")
	name = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}, name)
	if name == "" {
		return "Unknown browser"
	}
	return name[:min(len(name), agentNameLimit)]
}
