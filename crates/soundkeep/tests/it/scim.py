"""Runs scim2-tester against a SCIM service: python -c ... URL TOKEN. Ends with how many checks succeeded."""

import sys

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

url, token = sys.argv[1:]
client = SyncSCIMClient(Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60))
results = check_server(client)
bad = [result for result in results if result.status in (Status.ERROR, Status.CRITICAL)]
for result in bad:
    print(f"{result.status.name} {result.resource_type} {result.title}: {result.reason}\n    {result.data}")
succeeded = [result for result in results if result.status == Status.SUCCESS]
others = [result for result in results if result.status not in (Status.ERROR, Status.CRITICAL, Status.SUCCESS)]
for result in others:
    print(f"{result.status.name} {result.resource_type} {result.title}: {result.reason}")
print(f"{len(succeeded)} checks succeeded, {len(bad)} failed")
sys.exit(1 if bad else 0)
