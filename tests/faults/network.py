#!/usr/bin/env python3
"""An hour of simulated time on a hostile network: between agent and repository stands somebody with the repository's own TLS key (nobody could be worse placed), who delays, cuts,
repeats and reorders requests and answers with wrong receipts, old ones, those of other chunks, nonsense and error pages. The agent runs again and again, its clock half a minute
later each time (libfaketime), with several connections. Then the road is clear, and the account is drawn up: each row landed once and in order; no chunk left the queue without
the repository's own receipt for it.

    network.py [--seeds N] [--seed S]"""
import argparse
import base64
import concurrent.futures
import http.client
import http.server
import random
import ssl
import subprocess
import sys
import threading
import time

from proof import Failure, Proof, World

HOUR = 3600
BEFORE = ("cut_before", "cut_within", "delay", "twice", "replay", "overtake")
AFTER = ("cut_after", "cut_in_answer", "old_receipt", "other_receipt", "changed_receipt", "bad_signature", "other_key", "empty", "page", "busy", "early", "garbage", "huge", "wrong_offset",
         "redirect", "slow")


class Middle(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, world, seed, port):
        super().__init__(("127.0.0.1", port), Handler)
        self.world = world
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        self.hostile = True
        self.receipts = []
        self.requests = []
        self.seen = {}
        self.waiting = None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(world.certificates / "server.pem", world.certificates / "server.key")
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass

    def upstream(self):
        context = ssl.create_default_context(cafile=self.world.certificates / "authority.pem")
        context.load_cert_chain(self.world.site / "certificates" / "site.pem", self.world.site / "certificates" / "site.key")
        return http.client.HTTPSConnection("localhost", self.world.port, context=context, timeout=20)

    def forward(self, request):
        method, path, headers, body = request
        connection = self.upstream()
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def choose(self, method):
        with self.lock:
            if not self.hostile or self.random.random() < 0.45:
                return "none"
            what = self.random.choice(BEFORE + AFTER)
            self.seen[what] = self.seen.get(what, 0) + 1
            return what


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20

    def log_message(self, *arguments):
        pass

    def cut(self):
        self.close_connection = True
        try:
            self.connection.shutdown(2)
        except OSError:
            pass

    def answer(self, status, headers, body, length=None):
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "connection", "transfer-encoding", "date"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def handle_chunk(self):
        middle = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "content-length", "connection")}
        request = (self.command, self.path, headers, body)
        what = middle.choose(self.command)
        with middle.lock:
            middle.requests.append(request)
            del middle.requests[:-50]
            old = middle.random.choice(middle.requests)
            share = middle.random.random()
        if what == "cut_before":
            return self.cut()
        if what == "cut_within" and body:
            try:
                middle.forward((self.command, self.path, {**headers, "Upload-Complete": "?0"} if self.command == "PATCH" else headers, body[:int(len(body) * share)]))
            except OSError:
                pass
            return self.cut()
        if what == "delay":
            time.sleep(share * 2)
        if what == "overtake":  # let another connection's request go first
            time.sleep(0.3)
        if what == "replay":
            middle.forward(old)
        status, answered, content = middle.forward(request)
        if what == "twice":
            status, answered, content = middle.forward(request)
        receipt = "jose" in answered.get("Content-Type", "")
        with middle.lock:
            other = [known for known in middle.receipts if known != content]
            other = middle.random.choice(other) if other else None
            if receipt:
                middle.receipts.append(content)
        return self.mislead(what, share, status, answered, content, receipt, other)

    def mislead(self, what, share, status, answered, content, receipt, other):
        jose = {"Content-Type": "application/jose"}
        if what == "cut_after":
            return self.cut()
        if what == "cut_in_answer" and len(content) > 10:
            self.answer(status, answered, content[:int(len(content) * share)], len(content))
            return self.cut()
        if what == "slow":
            time.sleep(6)
            return self.cut()
        if what in ("old_receipt", "other_receipt") and other:
            return self.answer(200, jose, other)
        if what == "changed_receipt" and receipt:
            head, payload, signature = content.split(b".")
            text = base64.urlsafe_b64decode(payload + b"==").replace(b'"sequence":', b'"sequence":1')
            return self.answer(200, jose, b".".join((head, base64.urlsafe_b64encode(text).rstrip(b"="), signature)))
        if what == "bad_signature" and receipt:
            return self.answer(200, jose, content[:-4] + bytes(reversed(content[-4:])))
        if what == "other_key" and receipt:
            return self.answer(200, jose, b"eyJhbGciOiJub25lIn0." + content.split(b".")[1] + b".")
        pages = {"empty": (200, jose, b""), "page": (502, {"Content-Type": "text/html"}, b"<html>Bad gateway</html>"), "busy": (503, {"Retry-After": "1"}, b""),
                 "early": (425, {}, b""), "garbage": (200, jose, bytes(self.server.random.randbytes(500))), "huge": (200, jose, b"x" * 1_000_000),
                 "wrong_offset": (202, {"Upload-Offset": str(int(share * 3000))}, b""), "redirect": (307, {"Location": "https://localhost:1/"}, b"")}
        if what in pages:
            return self.answer(*pages[what])
        return self.answer(status, answered, content)

    do_PUT = do_PATCH = handle_chunk


class NetworkProof(Proof):
    def __init__(self, seed):
        super().__init__("network", seed)
        self.middle = Middle(self.world, f"{seed} middle", 0)
        configuration = self.world.site / "tributary.yaml"
        configuration.write_text(configuration.read_text().replace(f"localhost:{self.world.port}", f"localhost:{self.middle.server_address[1]}")
                                 .replace("answer_timeout: 5s", "answer_timeout: 2s").replace("sources:", "upload: {connections: 3}\nsources:"))

    def start_repository(self, fault=""):
        pass  # it runs all the time

    def round(self):
        while self.later < HOUR:
            if self.random.random() < 0.4:
                self.drop_extracts()
            if self.random.random() < 0.05:
                self.opt_out_of_somebody()
            self.run_agent()
            self.later += self.random.randint(15, 45)
        with self.middle.lock:
            self.middle.hostile = False
        # What the other side seemed to refuse for good is a person's to send again.
        self.world.agent("queue", "retry", "--quarantined")
        self.settle()
        self.account()
        self.no_gaps()
        if len(self.middle.seen) < len(BEFORE + AFTER) // 2:
            raise Failure(f"too little was hostile: {self.middle.seen}")
        return self.next_spell, sum(self.middle.seen.values())

    def close(self):
        self.middle.shutdown()
        self.world.close()


def prove(seed, number):
    proof = NetworkProof(f"{seed} {number}")
    try:
        return True, proof.round()
    except (Failure, subprocess.TimeoutExpired, AssertionError, UnicodeDecodeError) as failure:
        return False, f"FAILED network, round {number} (repeat with: network.py --seed {seed}): {failure}"
    finally:
        proof.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    arguments = parser.parse_args()
    World.prepare()
    hours = max(1, arguments.seeds // 10)
    with concurrent.futures.ProcessPoolExecutor(4) as pool:  # they mostly wait
        results = [future.result() for future in [pool.submit(prove, arguments.seed, number) for number in range(hours)]]
    World.forget()
    failed = [text for good, text in results if not good]
    if failed:
        sys.exit("\n".join(failed))
    print(f"network: {hours} simulated hours, {sum(r[0] for _, r in results)} rows, {sum(r[1] for _, r in results)} hostile exchanges; 0 lost, 0 doubled, in order")


if __name__ == "__main__":
    main()
