/** Short messages at the foot of the page. */
import "@mantine/notifications/styles.css";
import { Notifications } from "@mantine/notifications";

/** Shows what `notifications.show` was told. */
export function Toasts() {
  return <Notifications position="bottom-center" />;
}
