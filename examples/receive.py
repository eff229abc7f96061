import base64, hashlib, hmac, os, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
KEY = base64.b64decode(os.environ["ENDPOINT_SECRET"].removeprefix("whsec_"))
class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        event, at, given = (self.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
        mac = hmac.new(KEY, f"{event}.{at}.".encode() + body, hashlib.sha256).digest()
        signed = "v1," + base64.b64encode(mac).decode()
        good = any(hmac.compare_digest(signed, each) for each in given.split())
        if good := good and abs(time.time() - int(at)) < 300:
            print(body.decode(), flush=True)  # Here: if `event` is new, note it and act. The same one may come again.
        self.send_response(204 if good else 401)
        self.end_headers()
ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8000"))), Receiver).serve_forever()
