"""The one place that talks to OpenAI-compatible endpoints, through the openai package and its aiohttp transport.

A `Chat` is a model behind an endpoint; `Endpoints` is what all chats of a run share: cache, limits, prices, budget.
"""

from __future__ import annotations

from harness.chat.budget import Budget
from harness.chat.cache import Cache
from harness.chat.client import Chat
from harness.chat.endpoints import Endpoints
from harness.chat.limits import EndpointLimits
from harness.chat.outputs import Form, Output, Outputs
from harness.chat.prices import Price, Prices, read_price, read_prices
from harness.chat.probing import probe
from harness.chat.replies import Reply, estimated_tokens

__all__ = [
    "Budget",
    "Cache",
    "Chat",
    "EndpointLimits",
    "Endpoints",
    "Form",
    "Output",
    "Outputs",
    "Price",
    "Prices",
    "Reply",
    "estimated_tokens",
    "probe",
    "read_price",
    "read_prices",
]
