/** QR codes, drawn by the server. */
import { Box, Button, Group, Stack, type MantineBreakpoint } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { qrAddress } from "./queries.ts";
import { shown } from "./short-url.ts";

export interface QrImageProps {
  id: string;
  shortUrl: string;
  width: number;
  visibleFrom?: MantineBreakpoint;
}

/** The code as an image on white, whatever the colour scheme: scanners want it so. */
export function QrImage({ id, shortUrl, width, visibleFrom }: QrImageProps) {
  return (
    <Box w={width} {...(visibleFrom !== undefined && { visibleFrom })}>
      <img className="qr" src={qrAddress(id, "svg")} alt={`QR code of ${shown(shortUrl)}`} />
    </Box>
  );
}

/** The code with buttons to download it. */
export function QrPanel({ id, code, shortUrl }: { id: string; code: string; shortUrl: string }) {
  return (
    <Stack gap="sm" align="center" className="card-qr">
      <QrImage id={id} shortUrl={shortUrl} width={180} />
      <Group gap="xs">
        <Button
          component="a"
          href={qrAddress(id, "svg")}
          download={`${code}.svg`}
          size="xs"
          variant="default"
          leftSection={<IconDownload size={14} />}
        >
          SVG
        </Button>
        <Button
          component="a"
          href={qrAddress(id, "png", 1024)}
          download={`${code}.png`}
          size="xs"
          variant="default"
          leftSection={<IconDownload size={14} />}
        >
          PNG
        </Button>
      </Group>
    </Stack>
  );
}
