-- Save as /etc/apache2/sites-enabled/latchkey.lua. Asks Latchkey about a request;
-- only the answer 200 lets it through and names a token to the service.
local http = require "socket.http"
local ltn12 = require "ltn12"
http.TIMEOUT = 1

local identity = { << .Quoted >> }

function verify(r)
    for _, name in ipairs(identity) do
        r.headers_in[name] = nil
    end
    local ok, status, headers = http.request {
        url = "<< if .TLS >>http://127.0.0.1:8089<< else >><< .URL >><< end >><< .Path >>",
        method = "GET",
        redirect = false,
        sink = ltn12.sink.table({}),
        headers = {
            ["authorization"] = r.headers_in["Authorization"],
            ["x-forwarded-for"] = r.useragent_ip,
            ["x-forwarded-method"] = r.method,
            ["x-forwarded-uri"] = r.unparsed_uri,
        },
    }
    if not ok or type(status) ~= "number" then
        r.err_headers_out["Retry-After"] = "5"
        return 503
    end
    if status == 200 then
        for _, name in ipairs(identity) do
            if headers[name] == nil then
                return 503
            end
            r.headers_in[name] = headers[name]
        end
        return apache2.OK
    end
    r.err_headers_out["Cache-Control"] = "no-store"
    if headers["www-authenticate"] then
        r.err_headers_out["WWW-Authenticate"] = headers["www-authenticate"]
    end
    if headers["retry-after"] then
        r.err_headers_out["Retry-After"] = headers["retry-after"]
    end
    if status == 400 or status == 401 or status == 403 or status == 429 then
        return status
    end
    return 503
end
