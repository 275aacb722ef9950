"""The official openai library for Python, unmodified, against the gateway."""

import unittest

import openai

from gateway import Gateway

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}


def say(text):
    return [{"role": "user", "content": text}]


class OpenAIClient(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway()
        cls.addClassCleanup(cls.gateway.stop)
        cls.client = openai.OpenAI(base_url=cls.gateway.base_url, api_key="unused", max_retries=0, timeout=30)
        cls.addClassCleanup(cls.client.close)

    def ask(self, model, text="Hello", **more):
        return self.client.chat.completions.create(model=model, messages=say(text), **more)

    def test_gets_a_plain_answer_with_usage(self):
        answer = self.ask("mock/echo", "Say this back")
        self.assertEqual(answer.object, "chat.completion")
        self.assertIn("Say this back", answer.choices[0].message.content)
        self.assertEqual(answer.choices[0].finish_reason, "stop")
        self.assertGreater(answer.usage.prompt_tokens, 0)
        self.assertEqual(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens)

    def test_reaches_an_upstream_by_its_provider_prefix(self):
        answer = self.ask("upstream/gpt-test")
        self.assertEqual(answer.model, "gpt-test")
        self.assertEqual(answer.choices[0].message.content, "Hello from the mock upstream.")

    def test_streams_word_by_word(self):
        for model, expected in (("mock/echo", "one two three"), ("upstream/gpt-test?chunks=3", "word0 word1 word2 ")):
            with self.subTest(model=model):
                chunks = list(self.ask(model, "one two three", stream=True))
                text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
                self.assertIn(expected, text)
                self.assertGreater(len(chunks), 3)
                self.assertEqual(chunks[-1].choices[0].finish_reason, "stop")

    def test_streams_usage_when_it_is_asked_for(self):
        for model in ("mock/echo", "upstream/gpt-test"):
            with self.subTest(model=model):
                chunks = list(self.ask(model, stream=True, stream_options={"include_usage": True}))
                self.assertEqual(chunks[-1].choices, [])
                self.assertGreater(chunks[-1].usage.total_tokens, 0)

    def test_gets_tool_calls(self):
        for model in ("mock/echo", "upstream/gpt-test"):
            with self.subTest(model=model):
                answer = self.ask(model, "Weather in Paris?", tools=[WEATHER], tool_choice="required")
                call = answer.choices[0].message.tool_calls[0]
                self.assertEqual(call.function.name, "get_weather")
                self.assertEqual(answer.choices[0].finish_reason, "tool_calls")

    def test_streams_tool_calls(self):
        for model in ("mock/echo", "upstream/gpt-test"):
            with self.subTest(model=model):
                chunks = list(self.ask(model, "Weather?", tools=[WEATHER], tool_choice="required", stream=True))
                calls = [c for chunk in chunks if chunk.choices for c in chunk.choices[0].delta.tool_calls or []]
                self.assertEqual(calls[0].function.name, "get_weather")
                self.assertTrue("".join(c.function.arguments or "" for c in calls).startswith("{"))

    def test_raises_the_error_type_of_the_status(self):
        for status, expected in (
            (400, openai.BadRequestError),
            (401, openai.AuthenticationError),
            (404, openai.NotFoundError),
            (429, openai.RateLimitError),
            (500, openai.InternalServerError),
        ):
            for stream in (False, True):
                with self.subTest(status=status, stream=stream), self.assertRaises(expected) as raised:
                    self.ask(f"upstream/gpt-test?status={status}", stream=stream)
                self.assertEqual(raised.exception.status_code, status)
                self.assertIn(f"status {status}", raised.exception.message)

    def test_keeps_retry_after(self):
        with self.assertRaises(openai.RateLimitError) as raised:
            self.ask("upstream/gpt-test?status=429&retry_after=7")
        self.assertEqual(raised.exception.response.headers["retry-after"], "7")

    def test_is_told_what_is_wrong_with_a_request(self):
        with self.assertRaises(openai.BadRequestError) as raised:
            self.client.chat.completions.create(model="mock/echo", messages=None)
        self.assertIn("messages", raised.exception.message)

    def test_fails_when_a_stream_is_cut(self):
        with self.assertRaises(openai.APIError):
            list(self.ask("upstream/gpt-test?cut=body&cut_after=2", stream=True))

    def test_lists_models(self):
        self.assertIn("mock/echo", [model.id for model in self.client.models.list()])

    def test_leaves_a_stream_half_read_and_goes_on(self):
        stream = self.ask("upstream/gpt-test?chunks=50&interval_ms=5", stream=True)
        next(iter(stream))
        stream.close()
        self.assertEqual(self.ask("upstream/gpt-test").choices[0].finish_reason, "stop")


if __name__ == "__main__":
    unittest.main()
